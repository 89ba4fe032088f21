"""What is given to check a paper."""

from django import forms

from openets.web.language import spoken

MOST_BYTES = 10 * 2**20


class CodeForm(forms.Form):
    """The code that stands on a paper."""

    code = forms.CharField(
        label=spoken("验证码", "Code"),
        max_length=40,
        widget=forms.TextInput(attrs={"placeholder": "XXXX-XXXX-XXXX-XXXX", "autocomplete": "off"}),
    )


class FileForm(forms.Form):
    """The file itself."""

    file = forms.FileField(
        label=spoken("PDF 文件", "PDF file"),
        widget=forms.ClearableFileInput(attrs={"accept": "application/pdf"}),
    )

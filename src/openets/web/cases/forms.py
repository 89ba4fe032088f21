"""The forms on the pages of cases that are no moves."""

from collections.abc import Sequence
from typing import Any

from django import forms

from openets.casework.models import Document
from openets.casework.procedure import Procedure
from openets.rulebook.load import Rule
from openets.web.forms import ActForm
from openets.web.language import Said, spoken

TEXT_LENGTH = 4000
BYTES_IN_MIB = 1024 * 1024


class CommentForm(ActForm):
    """Says something about a case."""

    name = "comment"
    verb = Said("留言", "Comment")
    tone = "secondary"
    text = forms.CharField(
        label=spoken("留言内容", "Comment"),
        max_length=TEXT_LENGTH,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class DocumentForm(ActForm):
    """Files a document with a case."""

    name = "document"
    verb = Said("上传", "File it")
    tone = "secondary"
    kind = forms.ChoiceField(label=spoken("材料类别", "Kind"))
    file = forms.FileField(label=spoken("文件", "File"), allow_empty_file=True)

    def __init__(
        self, *sent: Any, procedure: Procedure, types: Rule, most_bytes: Rule, **given: Any
    ) -> None:
        """Offer the kinds the procedure takes, and tell the types and the limit."""
        super().__init__(*sent, **given)
        kinds = [(name, str(Said(k.zh, k.en))) for name, k in procedure.documents.items()]
        self.fields["kind"].choices = kinds  # type: ignore[attr-defined]  # A choice field has them.
        allowed, most = ", ".join(types.items), most_bytes.whole // BYTES_IN_MIB
        self.fields["file"].help_text = spoken(
            f"可上传 {allowed}，不超过 {most} MiB", f"{allowed}; at most {most} MiB"
        )
        self.fields["file"].widget.attrs["accept"] = ",".join(f".{name}" for name in types.items)


class RemovalForm(ActForm):
    """Removes a document whose years are over; the operation answers for any other."""

    name = "remove_document"
    verb = Said("删除文件", "Remove it")
    tone = "secondary"
    document = forms.IntegerField(
        label=spoken("保存期已满的文件", "A document kept long enough"),
        widget=forms.Select,
        help_text=spoken(
            "文件内容不可恢复；名称、哈希值和删除记录仍保留。",
            "The content is gone for good; its name, hash and removal stay on record.",
        ),
    )

    def __init__(self, *sent: Any, removable: Sequence[Document], **given: Any) -> None:
        """Offer the documents that may go."""
        super().__init__(*sent, **given)
        box = self.fields["document"].widget
        box.choices = [(document.pk, document.name) for document in removable]


class OpenForm(ActForm):
    """Opens a notice."""

    name = "open"
    verb = Said("打开通知", "Open the notice")


class RetryForm(ActForm):
    """Lets failed copies be sent again."""

    name = "retry"
    verb = Said("重新发送", "Send again")


class HolidaysForm(ActForm):
    """Takes over the holidays of a year."""

    name = "holidays"
    verb = Said("导入", "Import")
    year = forms.IntegerField(label=spoken("年度", "Year"), min_value=2000, max_value=2999)
    notice = forms.CharField(
        label=spoken("国务院办公厅通知文号", "Number of the State Council's notice"), max_length=80
    )
    file = forms.FileField(
        label=spoken("节假日文件", "File of holidays"),
        help_text=spoken(
            "CSV，列为 date、kind（off 放假 或 work 调休上班）、name",
            "CSV with the columns date, kind (off, or work for a make-up day) and name",
        ),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv"}),
    )

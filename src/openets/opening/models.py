"""What we remember of openings: the former register, applications, contacts, paper, templates."""

from django.db import models
from django.db.models import Q


class FormerAccount(models.Model):
    """An account of the former register (原重庆碳排放权登记簿系统), as imported."""

    account = models.CharField(max_length=60, unique=True)
    holder = models.CharField(max_length=120)
    credit_code = models.CharField(max_length=18, blank=True)
    password = models.CharField(max_length=128)
    """Its hash, never the password."""
    paid_holdings = models.JSONField(default=dict)
    """Tonnes obtained for payment, by vintage."""
    wrong_entries = models.PositiveSmallIntegerField(default=0)
    imported_at = models.DateTimeField()
    linked_to = models.OneToOneField(
        "parties.Organisation", models.PROTECT, related_name="former_account", null=True
    )
    linked_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("account",)

    def __str__(self) -> str:
        return self.account


class PasswordReset(models.Model):
    """A password of the former register that was reset on a paper request (重置密码)."""

    account = models.ForeignKey(FormerAccount, models.PROTECT, related_name="resets")
    document_reference = models.CharField(max_length=80)
    at = models.DateTimeField()
    person = models.CharField(max_length=150)

    class Meta:
        ordering = ("id",)


class RegistryOpening(models.Model):
    """An application for a registry account (注册登记账户): its path and its information."""

    organisation = models.OneToOneField(
        "parties.Organisation", models.PROTECT, related_name="registry_opening"
    )
    former_user = models.BooleanField()
    """What it answered to the question whether it is an old user (是否老登记簿用户)."""
    information = models.JSONField(default=dict)
    begun_at = models.DateTimeField()

    @property
    def subject(self) -> str:
        """The name of its case."""
        return self.organisation.code


class TradingOpening(models.Model):
    """An application for a trading account (交易账户); after a rejection another may follow."""

    organisation = models.ForeignKey(
        "parties.Organisation", models.PROTECT, related_name="trading_openings"
    )
    number = models.PositiveSmallIntegerField()
    information = models.JSONField(default=dict)
    begun_at = models.DateTimeField()
    applied_date = models.DateField(null=True)
    last_paper_date = models.DateField(null=True)

    class Meta:
        ordering = ("id",)
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "number"], name="trading_opening_numbered"
            )
        ]

    @property
    def subject(self) -> str:
        """The name of its case."""
        return f"{self.organisation.code}/{self.number}"


class PlatformAccount(models.Model):
    """A company's account on the Tanhuitong platform, registered with a mobile number."""

    organisation = models.OneToOneField(
        "parties.Organisation", models.PROTECT, related_name="platform_account"
    )
    mobile = models.CharField(max_length=20)
    code_digest = models.CharField(max_length=64)
    code_sent_at = models.DateTimeField()
    code_wrong_entries = models.PositiveSmallIntegerField(default=0)
    registered_at = models.DateTimeField(null=True)
    information = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["mobile"],
                condition=Q(registered_at__isnull=False),
                name="one_platform_account_a_mobile",
            )
        ]

    @property
    def subject(self) -> str:
        """The name of its case."""
        return self.organisation.code


class Contact(models.Model):
    """Who is asked about an account (联系人), from a moment and until another followed."""

    organisation = models.ForeignKey(
        "parties.Organisation", models.PROTECT, related_name="account_contacts"
    )
    account_kind = models.CharField(max_length=20)
    name = models.CharField(max_length=60)
    mobile = models.CharField(max_length=20)
    from_at = models.DateTimeField()
    until_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("id",)
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "account_kind"],
                condition=Q(until_at__isnull=True),
                name="one_contact_an_account",
            )
        ]


class PaperReceipt(models.Model):
    """Paper that came in for a case (纸质材料接收): when, what, and whether all is there now."""

    case = models.ForeignKey("casework.Case", models.PROTECT, related_name="paper_receipts")
    received_date = models.DateField()
    posted_date = models.DateField(null=True)
    copies = models.JSONField()
    """Complete and compliant copies by kind of document."""
    complete = models.BooleanField()
    recorded_at = models.DateTimeField()
    person = models.CharField(max_length=150)
    voided_at = models.DateTimeField(null=True)
    """Since when it counts no more (失效)."""

    class Meta:
        ordering = ("id",)


class TemplatePack(models.Model):
    """A version of the template pack (资料模板) of the download centre, as published."""

    version = models.CharField(max_length=20, unique=True)
    content = models.BinaryField()
    """A ZIP archive of the templates."""
    sha256 = models.CharField(max_length=64)
    published_at = models.DateTimeField()
    person = models.CharField(max_length=150)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-id",)

"""One request for a loan, and the versions of its financial profile."""

import uuid

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from applicants.models.applicant import Applicant
from applicants.models.officer import Branch

CURRENCIES = ("EUR", "USD", "GBP", "CHF", "CNY", "JPY", "INR", "BRL", "MXN", "ZAR")


class Application(models.Model):
    """States: draft → submitted → in_review → approved | declined; withdrawn from any open one."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        SUBMITTED = "submitted", _("Submitted")
        IN_REVIEW = "in_review", _("In review")
        APPROVED = "approved", _("Approved")
        DECLINED = "declined", _("Declined")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    OPEN_STATES = (State.DRAFT, State.SUBMITTED, State.IN_REVIEW)
    ALLOWED_MOVES = {
        State.DRAFT: (State.SUBMITTED, State.WITHDRAWN),
        State.SUBMITTED: (State.IN_REVIEW, State.APPROVED, State.DECLINED, State.WITHDRAWN),
        State.IN_REVIEW: (State.SUBMITTED, State.APPROVED, State.DECLINED, State.WITHDRAWN),
    }

    class Purpose(models.TextChoices):
        CAR = "car", _("Car")
        HOME = "home", _("Home improvement")
        EDUCATION = "education", _("Education")
        MEDICAL = "medical", _("Medical costs")
        CONSOLIDATION = "consolidation", _("Debt consolidation")
        EQUIPMENT = "equipment", _("Equipment")
        WORKING_CAPITAL = "working_capital", _("Working capital")
        OTHER = "other", _("Other")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.CharField(max_length=20, unique=True, editable=False)
    applicant = models.ForeignKey(Applicant, on_delete=models.PROTECT, related_name="applications")
    branch = models.ForeignKey(Branch, on_delete=models.PROTECT)
    amount = models.DecimalField(max_digits=14, decimal_places=2, validators=[MinValueValidator(1)])
    currency = models.CharField(max_length=3)
    term_months = models.PositiveSmallIntegerField(
        validators=[MinValueValidator(1), MaxValueValidator(480)]
    )
    purpose = models.CharField(max_length=20, choices=Purpose.choices, default=Purpose.OTHER)
    state = models.CharField(max_length=12, choices=State.choices, default=State.DRAFT)
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="assigned",
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    submitted_at = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    lock_version = models.PositiveIntegerField(default=0)
    simulated = models.BooleanField(default=False)

    class Meta:
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["branch", "state", "-created_at"], name="application_work_list")
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN_STATES

    @property
    def is_running(self) -> bool:
        """Whether the loan was approved and its term has not ended yet."""
        if self.state != self.State.APPROVED or self.decided_at is None:
            return False
        months = self.decided_at.month - 1 + self.term_months
        now = timezone.now()
        return (self.decided_at.year + months // 12, months % 12 + 1) >= (now.year, now.month)

    def profile(self) -> "FinancialProfile | None":
        """Return the newest version of the financial profile."""
        return self.profiles.order_by("-version").first()


def _amount(help_text: object) -> models.DecimalField:
    return models.DecimalField(
        max_digits=16,
        decimal_places=2,
        null=True,
        blank=True,
        help_text=help_text,
        validators=[MinValueValidator(0)],
    )


def _years(help_text: object, limit: int) -> models.DecimalField:
    return models.DecimalField(
        max_digits=5,
        decimal_places=2,
        null=True,
        blank=True,
        help_text=help_text,
        validators=[MinValueValidator(0), MaxValueValidator(limit)],
    )


def _count(help_text: object, limit: int = 1000) -> models.PositiveIntegerField:
    return models.PositiveIntegerField(
        null=True, blank=True, help_text=help_text, validators=[MaxValueValidator(limit)]
    )


def _percent(help_text: object) -> models.DecimalField:
    return models.DecimalField(
        max_digits=6,
        decimal_places=2,
        null=True,
        blank=True,
        help_text=help_text,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )


class FinancialProfile(models.Model):
    """What was known of an applicant's finances at one time; a correction is a new version.

    Amounts are in the application's currency; a missing value stays missing and is scored as such.
    """

    FACTORS = (
        "annual_income",
        "monthly_debt_payments",
        "employment_years",
        "income_stable",
        "credit_history_years",
        "overdue_payments",
        "card_utilisation_percent",
        "total_assets",
        "total_liabilities",
        "open_accounts",
        "recent_enquiries",
    )
    # Asked of businesses only.
    BUSINESS_FACTORS = (
        "guaranteed_share_percent",
        "employees",
        "jobs_created",
        "real_estate_backed",
    )

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="profiles")
    version = models.PositiveIntegerField()
    annual_income = _amount(_("Gross income per year, in the currency of the application."))
    monthly_debt_payments = _amount(
        _("All loan and card payments per month, without the new loan.")
    )
    employment_years = _years(_("Years in the present employment or business."), 80)
    income_stable = models.BooleanField(
        null=True,
        blank=True,
        help_text=_("Regular income; taken from the years of employment where left open."),
    )
    credit_history_years = _years(_("Years since the first credit account was opened."), 100)
    overdue_payments = _count(_("Payments more than 30 days late in the last two years."))
    card_utilisation_percent = _percent(_("Used share of all card limits, 0 to 100 %."))
    total_assets = _amount(_("Savings, securities, property and other assets."))
    total_liabilities = _amount(_("All outstanding debts."))
    open_accounts = _count(_("Open credit accounts and cards."))
    recent_enquiries = _count(_("Credit enquiries in the last twelve months."))
    guaranteed_share_percent = _percent(
        _("Share of the loan that a public or private guarantor covers, 0 to 100 %.")
    )
    employees = _count(_("People employed by the business, before the loan."), limit=100_000)
    jobs_created = _count(_("Jobs that the loan is expected to create."), limit=100_000)
    real_estate_backed = models.BooleanField(
        null=True, blank=True, help_text=_("Land or buildings secure the loan.")
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)
    simulated = models.BooleanField(default=False)

    class Meta:
        ordering = ["version"]
        constraints = [
            models.UniqueConstraint(
                fields=["application", "version"], name="one_profile_per_version"
            )
        ]

    def __str__(self) -> str:
        return f"{self.application} v{self.version}"

    def factors(self) -> dict[str, object]:
        """Return the financial factors by name, missing ones as None."""
        return {name: getattr(self, name) for name in self.FACTORS + self.BUSINESS_FACTORS}

    @classmethod
    def factors_asked(cls, kind: str) -> tuple[str, ...]:
        """Return the factors that an applicant of this kind is asked for."""
        is_business = kind == Applicant.Kind.BUSINESS
        return cls.FACTORS + cls.BUSINESS_FACTORS if is_business else cls.FACTORS

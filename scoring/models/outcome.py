"""What became of a loan. Append-only: a correction is a new row that names the one it corrects."""

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from applicants.models import Application


class LoanOutcomeQuerySet(models.QuerySet["LoanOutcome"]):
    def uncorrected(self) -> "LoanOutcomeQuerySet":
        """Return the rows that no other corrects."""
        # An anti-join: how many rows "no correction joined" leaves, Postgres cannot guess, and it
        # then looks up a large book row by row.
        return self.filter(~Exists(LoanOutcome.objects.filter(corrects=OuterRef("pk"))))

    def latest_of(self, application: object) -> "LoanOutcomeQuerySet":
        """Return the observations of a loan that nothing corrects, the one that stands first."""
        rows = self.filter(application=application).uncorrected()
        return rows.order_by("-observed_on", "-pk")

    def standing(self) -> "LoanOutcomeQuerySet":
        """Return one row per application: the latest observation that nothing corrects."""
        later = LoanOutcome.objects.latest_of(OuterRef("application")).filter(
            Q(observed_on__gt=OuterRef("observed_on"))
            | Q(observed_on=OuterRef("observed_on"), pk__gt=OuterRef("pk"))
        )
        return self.uncorrected().filter(~Exists(later)).order_by()


class LoanOutcome(models.Model):
    """One observation of one loan on a day.

    ``is_bad`` is None where the loan is neither good nor bad yet (indeterminate); what counts as
    bad, commonly 90 days past due within a year, is the lender's definition.
    """

    class Source(models.TextChoices):
        PAGE = "page", _("Recorded on the page")
        FILE = "file", _("Imported from a file")
        API = "api", _("Through the API")

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="outcomes")
    observed_on = models.DateField()
    is_bad = models.BooleanField(null=True, blank=True)
    days_past_due = models.PositiveIntegerField(
        null=True, blank=True, validators=[MaxValueValidator(9999)]
    )
    source = models.CharField(max_length=4, choices=Source.choices)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    corrects = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="corrected_by"
    )
    created_at = models.DateTimeField(default=timezone.now)
    simulated = models.BooleanField(default=False)

    objects = LoanOutcomeQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["application", "-observed_on", "-id"], name="latest_outcome")
        ]

    def __str__(self) -> str:
        return f"{self.application}: {self.word} ({self.observed_on})"

    @property
    def word(self) -> str:
        """Return good, bad or indeterminate, as a file and the API write it."""
        return OUTCOME_WORDS[self.is_bad]


OUTCOME_WORDS = {False: "good", True: "bad", None: "indeterminate"}
OUTCOME_VALUES = {word: value for value, word in OUTCOME_WORDS.items()}

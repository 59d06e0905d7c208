"""What a person types when deciding: an outcome and a reason."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from applicants.forms import StyledForm
from applicants.models import Consent
from scoring.models import (
    ApplicationDecision,
    DeclaredGroup,
    MonitoringSettings,
    ReviewDecision,
)


def _outcome(choices: list[tuple[str, str]]) -> forms.ChoiceField:
    """Return a field without a first choice: a person makes it."""
    return forms.ChoiceField(
        label=_("Outcome"),
        choices=choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose one of the outcomes.")},
    )


def _reason() -> forms.CharField:
    return forms.CharField(
        label=_("Reason"),
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("What you looked at and why you decide so; at least ten characters."),
    )


class FlagDecisionForm(StyledForm):
    outcome = _outcome(ReviewDecision.Outcome.choices)
    reason = _reason()


class ApplicationDecisionForm(StyledForm):
    outcome = _outcome(ApplicationDecision.Outcome.choices)
    reason = _reason()


class AlarmAnswerForm(StyledForm):
    reason = _reason()


class ThresholdsForm(StyledForm, forms.ModelForm):
    class Meta:
        model = MonitoringSettings
        fields = [
            "psi_warn", "psi_alarm", "calibration_alarm", "impact_warn", "impact_alarm",
            "min_rows", "min_cell_rows", "reference_month", "reason",
        ]  # fmt: skip
        labels = {
            "psi_warn": _("Stability index: warning above"),
            "psi_alarm": _("Stability index: alarm above"),
            "calibration_alarm": _("Calibration: alarm beyond"),
            "impact_warn": _("Adverse impact ratio: warning below"),
            "impact_alarm": _("Adverse impact ratio: alarm below"),
            "min_rows": _("Fewest applications of a month"),
            "min_cell_rows": _("Fewest applicants of a group"),
            "reference_month": _("Reference month"),
            "reason": _("Reason"),
        }
        widgets = {
            "reference_month": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            "reason": forms.Textarea(attrs={"rows": 3}),
        }

    def clean(self) -> dict[str, Any]:
        """Keep each alarm beyond its warning."""
        values = super().clean() or {}
        pairs = (("psi_warn", "psi_alarm", 1), ("impact_warn", "impact_alarm", -1))
        for warn, alarm, sign in pairs:
            low, high = values.get(warn), values.get(alarm)
            if low is not None and high is not None and sign * (high - low) < 0:
                self.add_error(alarm, _("The alarm must lie beyond the warning."))
        return values


class ProposalForm(forms.Form):
    """Why a version should come into force; the service says how short is too short."""

    reason = forms.CharField(label=_("Reason"), max_length=2000)


def _question(attribute: str) -> forms.ChoiceField:
    """Return an optional question about oneself, without a first answer."""
    return forms.ChoiceField(
        label=DeclaredGroup.Attribute(attribute).label,
        required=False,
        choices=[("", _("No answer")), *DeclaredGroup.VALUES[attribute].items()],
    )


class DeclaredGroupForm(StyledForm):
    """One optional question per attribute. Earlier answers are never filled in again."""

    sex = _question("sex")
    age_group = _question("age_group")
    disability = _question("disability")
    channel = forms.ChoiceField(
        label=_("How it was given"),
        choices=[choice for choice in Consent.Channel.choices if choice[0] != Consent.Channel.API],
    )
    agreed = forms.BooleanField(
        label=_("The applicant read the note above and wants these answers to be kept."),
        error_messages={"required": _("Without the applicant's agreement nothing is kept.")},
    )

    @property
    def questions(self) -> list[forms.BoundField]:
        return [self[attribute] for attribute in DeclaredGroup.VALUES]

    def answers(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in DeclaredGroup.VALUES}


class BatchForm(StyledForm):
    """A file of many applicants; what is in it is checked where it is read."""

    file = forms.FileField(
        label=_("File"),
        allow_empty_file=True,
        help_text=_("CSV (UTF-8), the same packed with gzip, or Parquet. The first row names the "
                    "columns."),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.gz,.parquet,text/csv"}),
        error_messages={"required": _("Choose a file.")},
    )  # fmt: skip

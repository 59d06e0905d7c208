"""What a person types when deciding: an outcome and a reason."""

from django import forms
from django.utils.translation import gettext_lazy as _

from applicants.forms import StyledForm
from scoring.models import ApplicationDecision, ReviewDecision


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

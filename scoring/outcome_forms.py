"""What a person gives about the outcome of a loan, or as a table of many."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from applicants.forms import StyledForm
from scoring.models.outcome import OUTCOME_VALUES
from scoring.outcome_table import MOST_DAYS

MOST_BYTES = 20 * 1024**2


class OutcomeForm(StyledForm):
    outcome = forms.ChoiceField(
        label=_("Outcome"),
        choices=[
            ("good", _("Good: paid as agreed")),
            ("bad", _("Bad: in default by your definition")),
            ("indeterminate", _("Indeterminate: neither yet")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose one of the outcomes.")},
    )
    observed_on = forms.DateField(
        label=_("Observed on"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        initial=timezone.localdate,
    )
    days_past_due = forms.IntegerField(
        label=_("Days past due"), required=False, min_value=0, max_value=MOST_DAYS
    )
    replaces = forms.BooleanField(
        label=_("This corrects the outcome that stands; it is no new observation"), required=False
    )

    def values(self) -> dict[str, Any]:
        """Return what the service takes. Call it on a valid form."""
        given = self.cleaned_data
        return {
            "observed_on": given["observed_on"],
            "is_bad": OUTCOME_VALUES[given["outcome"]],
            "days_past_due": given["days_past_due"],
        }


class OutcomeFileForm(StyledForm):
    table = forms.FileField(
        label=_("Table as CSV"),
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}),
        error_messages={
            "required": _("Choose a file."),
            "empty": _("The file is empty."),
        },
    )

    def clean_table(self) -> bytes:
        table = self.cleaned_data["table"]
        if table.size > MOST_BYTES:
            raise forms.ValidationError(
                _("The page takes files of up to %(size)d MB; use manage.py import_outcomes.")
                % {"size": MOST_BYTES // 1024**2}
            )
        return bytes(table.read())

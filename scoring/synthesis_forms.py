"""What a person types to draw synthetic applicants."""

from django import forms
from django.utils.translation import gettext_lazy as _

from applicants.forms import StyledForm
from scoring.privacy.synthesis import MAX_ROWS
from scoring.services.synthesis import Wish

LARGEST_SEED = 2**31 - 1


class WishForm(StyledForm):
    rows = forms.IntegerField(
        label=_("Rows"), min_value=1, max_value=MAX_ROWS, initial=1000,
        help_text=_("At most 100,000."),
    )  # fmt: skip
    seed = forms.IntegerField(
        label=_("Seed"), min_value=0, max_value=LARGEST_SEED, initial=1,
        help_text=_("The same seed and number give the same rows."),
    )  # fmt: skip
    bad_percent = forms.FloatField(
        label=_("Bad loans"), min_value=0, max_value=100, required=False,
        help_text=_("Empty: as many as in the real table."),
    )  # fmt: skip

    def wish(self) -> Wish:
        """Return the wish of a valid form."""
        cleaned = self.cleaned_data
        percent = cleaned["bad_percent"]
        share = None if percent is None else percent / 100
        return Wish(cleaned["rows"], cleaned["seed"], share)

"""The assumptions of the strategy page."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from applicants.forms import StyledForm
from scoring.engine.strategy import Assumptions

DEFAULTS = Assumptions()


class AssumptionsForm(StyledForm):
    """What a loan earns and costs; left out, the defaults are assumed."""

    loss_given_default = forms.FloatField(
        label=_("Loss given default"), min_value=0, max_value=100,
        initial=f"{100 * DEFAULTS.loss_given_default:g}",
        help_text=_("Share of the amount that a default costs."),
    )  # fmt: skip
    margin = forms.FloatField(
        label=_("Margin"), min_value=0, max_value=100, initial=f"{100 * DEFAULTS.margin:g}",
        help_text=_("Share of the amount that a repaid loan earns over its term."),
    )  # fmt: skip
    cost_per_loan = forms.FloatField(
        label=_("Cost per loan"), min_value=0, max_value=1_000_000,
        initial=f"{DEFAULTS.cost_per_loan:g}", help_text=_("Of opening and running it."),
    )  # fmt: skip

    def __init__(self, *args: Any, currencies: list[str], **kwargs: Any) -> None:
        choices = [(code, code) for code in currencies]
        currency = forms.ChoiceField(label=_("Currency"), choices=choices)
        # Before the form is checked: which currencies there are is the book's matter.
        self.base_fields = {**self.base_fields, "currency": currency}
        super().__init__(*args, **kwargs)

    def assumptions(self) -> Assumptions:
        """Return what was assumed. Call it on a valid form."""
        given = self.cleaned_data
        return Assumptions(
            loss_given_default=given["loss_given_default"] / 100,
            margin=given["margin"] / 100,
            cost_per_loan=given["cost_per_loan"],
        )

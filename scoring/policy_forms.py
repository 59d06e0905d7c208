"""The form that proposes a policy; every field starts from the version it would replace."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from applicants.forms import StyledForm
from scoring.engine.policy import (
    DEFAULT_RULE_THRESHOLDS,
    MAX_NAME_CHARACTERS,
    PROFILES,
    PolicyParameters,
)
from scoring.engine.types import MAX_SCORE_POINTS, MIN_SCORE_POINTS
from scoring.policy_words import MODES, PARAMETER_NAMES, PERCENT_PARAMETERS, RULE_TITLES


class PolicyForm(StyledForm):
    """``base`` is the version that the proposal starts from; what is not asked here stays as it is.

    ``reason`` is only needed to propose, not to look at the effect. ``previewed`` is the digest of
    the parameters whose effect was shown.
    """

    approval_cut_off_points = forms.IntegerField(
        label=_("Cut-off"), min_value=MIN_SCORE_POINTS, max_value=MAX_SCORE_POINTS,
        help_text=_("A final score from here on suggests an approval."),
    )  # fmt: skip
    good_below_probability = forms.DecimalField(
        label=PARAMETER_NAMES["good_below_probability"], min_value=0, max_value=100
    )
    poor_from_probability = forms.DecimalField(
        label=PARAMETER_NAMES["poor_from_probability"], min_value=0, max_value=100
    )
    reason = forms.CharField(
        label=_("Reason"), required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("For the second person and the auditor; at least ten characters."),
    )  # fmt: skip
    previewed = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, base: PolicyParameters, **kwargs: Any) -> None:
        self.base = base
        # Before the fields are made: how many bands there are is the base's matter.
        self.base_fields = {**self.base_fields, **_fields_of(base)}
        super().__init__(*args, initial=_initial(base), **kwargs)

    def band_rows(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        """Return name and start of each band."""
        places = range(len(self.base.bands))
        return [(self[f"band_{place}_name"], self[f"band_{place}_from"]) for place in places]

    def rule_fields(self) -> list[forms.BoundField]:
        return [self[f"rule_{rule}"] for rule in DEFAULT_RULE_THRESHOLDS]

    def parameters(self) -> dict[str, Any]:
        """Return the parameters of the proposal as JSON values. Call it on a valid form."""
        given = self.cleaned_data
        percents = {name: float(given[name]) / 100 for name in PERCENT_PARAMETERS}
        return {
            **self.base.as_dict(),
            **percents,
            "approval_cut_off_points": given["approval_cut_off_points"],
            "mode": given["mode"],
            "cap_points": given["cap_points"],
            "bands": [
                {"name": given[f"band_{place}_name"], "from_points": given[f"band_{place}_from"]}
                for place in range(len(self.base.bands))
            ],
            "rule_thresholds": {
                **self.base.rule_thresholds,
                **{rule: given[f"rule_{rule}"] for rule in DEFAULT_RULE_THRESHOLDS},
            },
        }

    def refuse(self, errors: Mapping[str, Any]) -> None:
        """Show what a service refused; a table's error stands at its first field."""
        first_rule = next(iter(DEFAULT_RULE_THRESHOLDS))
        first = {"bands": "band_0_from", "rule_thresholds": f"rule_{first_rule}"}
        super().refuse({first.get(name, name): text for name, text in errors.items()})


def _initial(base: PolicyParameters) -> dict[str, Any]:
    values = base.as_dict()
    percents = {name: f"{100 * values[name]:g}" for name in PERCENT_PARAMETERS}
    bands: dict[str, Any] = {}
    for place, band in enumerate(base.bands):
        bands |= {f"band_{place}_name": band.name, f"band_{place}_from": band.from_points}
    rules = {f"rule_{rule}": value for rule, value in base.rule_thresholds.items()}
    return {**values, **percents, **bands, **rules, "mode": base.mode.value}


def _fields_of(base: PolicyParameters) -> dict[str, forms.Field]:
    """Return the fields whose choices, limits or number depend on the base and its jurisdiction."""
    profile = PROFILES[base.profile]
    most = profile.max_cap_points
    fields: dict[str, forms.Field] = {
        "mode": forms.ChoiceField(
            label=_("Behavioural part"),
            choices=[(mode.value, MODES[mode.value]) for mode in profile.allowed_modes],
        ),
        "cap_points": forms.IntegerField(
            label=_("Cap of the adjustment"),
            min_value=0,
            max_value=most,
            help_text=_("This jurisdiction allows 0 to %(points)d points.") % {"points": most},
        ),
    }
    for place in range(len(base.bands)):
        number = {"number": place + 1}
        fields[f"band_{place}_name"] = forms.CharField(
            label=_("Name of band %(number)d") % number, max_length=MAX_NAME_CHARACTERS
        )
        fields[f"band_{place}_from"] = forms.IntegerField(
            label=_("Start of band %(number)d") % number,
            min_value=MIN_SCORE_POINTS,
            max_value=MAX_SCORE_POINTS,
        )
    for rule in DEFAULT_RULE_THRESHOLDS:
        fields[f"rule_{rule}"] = forms.FloatField(label=RULE_TITLES[rule])
    return fields

"""How a page names the parameters of a policy and writes their values."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from scoring.engine.flags import RULES
from scoring.engine.policy import PolicyParameters
from scoring.engine.policy_changes import differences
from scoring.explanation import MODALITY_NAMES

Text = str | Promise

PARAMETER_NAMES: Mapping[str, Text] = {
    "profile": gettext_lazy("Jurisdiction"),
    "mode": gettext_lazy("Behavioural part"),
    "cap_points": gettext_lazy("Cap of the adjustment, points"),
    "base_points": gettext_lazy("Base points"),
    "base_odds": gettext_lazy("Odds good to bad at the base points"),
    "points_to_double_odds": gettext_lazy("Points to double the odds"),
    "bands": gettext_lazy("Bands"),
    "approval_cut_off_points": gettext_lazy("Cut-off, points"),
    "good_below_probability": gettext_lazy("Good below a probability of default of"),
    "poor_from_probability": gettext_lazy("Poor from a probability of default of"),
    "half_life_days": gettext_lazy("Half-life of a session, days"),
    "saturation_samples": gettext_lazy("Samples for 63 % of the adjustment"),
    "gain": gettext_lazy("Gain"),
    "decorrelation_s": gettext_lazy("Seconds that count as one sample"),
    "min_usable_s": gettext_lazy("Least usable material, seconds"),
    "min_coverage": gettext_lazy("Least coverage"),
    "min_quality": gettext_lazy("Least quality"),
    "disagreement_signal": gettext_lazy("Distance at which modalities disagree"),
    "modality_weights": gettext_lazy("Weight of a modality"),
    "rule_thresholds": gettext_lazy("Threshold"),
    "reference_sessions": gettext_lazy("Reference sessions"),
}
RULE_TITLES: Mapping[str, Text] = {rule.rule_id: gettext_lazy(rule.title) for rule in RULES}
MODES: Mapping[str, Text] = {
    "off": gettext_lazy("off"),
    "shadow": gettext_lazy("in shadow: computed, not scored"),
    "advisory": gettext_lazy("advisory: scored within the cap"),
}
PERCENT_PARAMETERS = ("good_below_probability", "poor_from_probability")


@dataclass(frozen=True, slots=True)
class Change:
    """One line of a comparison of two versions."""

    label: Text
    before: Text
    after: Text


def changes_between(before: PolicyParameters, after: PolicyParameters) -> list[Change]:
    """Return the differences in words."""
    return [
        Change(
            _label(each.parameter, each.row),
            _written(each.parameter, each.before),
            _written(each.parameter, each.after),
        )
        for each in differences(before, after)
    ]


def _label(parameter: str, row: str) -> Text:
    name = PARAMETER_NAMES.get(parameter, parameter)
    if not row:
        return name
    return f"{name}: {RULE_TITLES.get(row) or MODALITY_NAMES.get(row, row)}"


def _written(parameter: str, value: object) -> Text:
    if value is None:
        return _("not set")
    if parameter == "mode":
        return MODES[str(value)]
    if parameter in PERCENT_PARAMETERS and isinstance(value, int | float):
        return f"{100 * value:g} %"
    return f"{value:g}" if isinstance(value, float) else str(value)

"""The one versioned policy: scale, bands, cut-offs, classes and the bounds of behaviour."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from scoring.engine.scorecard import Scale
from scoring.engine.types import (
    EMOTIONS,
    MAX_SCORE_POINTS,
    MIN_SCORE_POINTS,
    MODALITIES,
    BehaviourMode,
    CreditClass,
)

MAX_NAME_CHARACTERS = 40


class PolicyError(ValueError):
    """Parameters that no policy may have. ``fields`` maps each wrong one to a sentence."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{name}: {text}" for name, text in errors.items()))
        self.fields = dict(errors)


@dataclass(frozen=True, slots=True)
class Profile:
    """What a jurisdiction allows the behavioural part."""

    start_mode: BehaviourMode
    max_cap_points: int
    allowed_modes: tuple[BehaviourMode, ...]


PROFILES: Mapping[str, Profile] = {
    "eu": Profile(BehaviourMode.OFF, 0, (BehaviourMode.OFF,)),
    "us": Profile(BehaviourMode.SHADOW, 10, tuple(BehaviourMode)),
    "other": Profile(BehaviourMode.SHADOW, 10, tuple(BehaviourMode)),
    "demo": Profile(BehaviourMode.ADVISORY, 30, tuple(BehaviourMode)),
}


@dataclass(frozen=True, slots=True)
class Band:
    """A named stretch of the scale that starts at ``from_points``."""

    name: str
    from_points: int


DEFAULT_BANDS = (
    Band("Very low", 300),
    Band("Low", 500),
    Band("Medium", 580),
    Band("High", 660),
    Band("Very high", 740),
)

# Thresholds of the high-risk rules, by rule id; see scoring.engine.flags for what they compare.
DEFAULT_RULE_THRESHOLDS: Mapping[str, float] = {
    "gait_agitation": 0.55,
    "gait_instability": 0.60,
    "sustained_fear_anger": 8.0,
    "voice_face_contradiction": 0.50,
    "several_people": 1.0,
    "repeated_recording": 0.0,
    "poor_quality": 0.35,
    "estimators_disagree": 1.20,
    "behaviour_changes_class": 0.0,
}


@dataclass(frozen=True, slots=True)
class PolicyParameters:
    """Every number that an officer, an auditor or a regulator may ask about.

    Points are on the 300…850 scale. ``half_life_days``: after this time a session weighs half.
    ``saturation_samples`` is n0 of 1 - exp(-n/n0): how many effective samples make behaviour
    count for 63 % of what it may. ``decorrelation_s``: material of this length is one sample.
    ``gain`` steepens tanh. The minimums say when material is too little to be evidence at all.
    ``disagreement_signal``: two modalities whose signals lie further apart than this, on both
    sides of 0, cancel their session. ``reference_sessions`` holds, per modality, the mean
    probabilities of reference sessions over which the mean adjustment is 0.
    """

    profile: str
    reference_sessions: Mapping[str, tuple[tuple[float, ...], ...]]
    mode: BehaviourMode = BehaviourMode.OFF
    cap_points: int = 0
    base_points: int = 600
    base_odds: float = 15.0
    points_to_double_odds: int = 50
    bands: tuple[Band, ...] = DEFAULT_BANDS
    approval_cut_off_points: int = 560
    good_below_probability: float = 0.04
    poor_from_probability: float = 0.12
    half_life_days: float = 90.0
    saturation_samples: float = 30.0
    gain: float = 2.0
    decorrelation_s: float = 2.0
    min_usable_s: float = 20.0
    min_coverage: float = 0.30
    min_quality: float = 0.40
    disagreement_signal: float = 0.35
    modality_weights: Mapping[str, float] = field(
        default_factory=lambda: {"face": 1.0, "voice": 1.0, "gait": 0.5}
    )
    rule_thresholds: Mapping[str, float] = field(
        default_factory=lambda: dict(DEFAULT_RULE_THRESHOLDS)
    )

    def __post_init__(self) -> None:
        errors = _errors(self)
        if errors:
            raise PolicyError(errors)

    @property
    def scale(self) -> Scale:
        return Scale(self.base_points, self.base_odds, self.points_to_double_odds)

    def credit_class(self, probability_of_default: float) -> CreditClass:
        """Return the class of a calibrated probability of default."""
        if probability_of_default < self.good_below_probability:
            return CreditClass.GOOD
        if probability_of_default < self.poor_from_probability:
            return CreditClass.STANDARD
        return CreditClass.POOR

    def band(self, score_points: int) -> Band:
        """Return the band that holds a score."""
        return [band for band in self.bands if band.from_points <= score_points][-1]

    def as_dict(self) -> dict[str, Any]:
        """Return the parameters as JSON values; :func:`parse_policy` reads them back."""
        return asdict(self)


def start_policy(profile: str, reference_sessions: Mapping[str, Any]) -> PolicyParameters:
    """Return the policy that an installation of the profile starts with.

    The demo's recordings last seconds, so its policy asks for less material than 20 s.
    """
    rules = PROFILES[profile]
    demo = {"min_usable_s": 4.0, "saturation_samples": 10.0} if profile == "demo" else {}
    content = {
        "profile": profile,
        "mode": rules.start_mode,
        "cap_points": rules.max_cap_points,
        "reference_sessions": reference_sessions,
        **demo,
    }
    return parse_policy(content)


def parse_policy(content: Mapping[str, Any]) -> PolicyParameters:
    """Read parameters from JSON values. Raises PolicyError that names each wrong field."""
    known = {each.name for each in fields(PolicyParameters)}
    errors = {name: "no policy has this parameter" for name in content if name not in known}
    required = ("profile", "reference_sessions")
    errors |= {name: "this parameter is needed" for name in required if name not in content}
    if errors:
        raise PolicyError(errors)
    return PolicyParameters(**_converted(content))


def _converted(content: Mapping[str, Any]) -> dict[str, Any]:
    values = dict(content)
    try:
        if "mode" in values:
            values["mode"] = BehaviourMode(values["mode"])
        # A policy from before a rule existed takes the rule's own threshold.
        values["rule_thresholds"] = {
            **DEFAULT_RULE_THRESHOLDS,
            **{rule: float(value) for rule, value in values.get("rule_thresholds", {}).items()},
        }
        if "bands" in values:
            values["bands"] = tuple(Band(**_as_table(band)) for band in values["bands"])
        values["reference_sessions"] = {
            modality: tuple(tuple(float(p) for p in session) for session in sessions)
            for modality, sessions in values["reference_sessions"].items()
        }
    except (TypeError, ValueError, AttributeError, OverflowError) as error:
        raise PolicyError({"parameters": f"this value cannot be read: {error}"}) from error
    return values


def _as_table(band: Band | Mapping[str, Any]) -> dict[str, Any]:
    return asdict(band) if isinstance(band, Band) else dict(band)


def _errors(policy: PolicyParameters) -> dict[str, str]:
    if policy.profile not in list(PROFILES):
        return {"profile": f"choose one of {', '.join(PROFILES)}"}
    wrong_types = _type_errors(policy)
    if wrong_types:
        return wrong_types
    return (
        _range_errors(policy)
        | _scale_errors(policy)
        | _behaviour_errors(policy)
        | _table_errors(policy)
    )


def _type_errors(policy: PolicyParameters) -> dict[str, str]:
    whole = ("cap_points", "base_points", "points_to_double_odds", "approval_cut_off_points")
    errors = {n: "give a whole number" for n in whole if type(getattr(policy, n)) is not int}
    for name in POSITIVE + SHARES:
        value = getattr(policy, name)
        if isinstance(value, bool) or not isinstance(value, int | float):
            errors[name] = "give a number"
        elif not _is_finite(value):
            errors[name] = "give a finite number"
    return errors | _table_type_errors(policy)


def _table_type_errors(policy: PolicyParameters) -> dict[str, str]:
    errors = {}
    if not all(type(band.from_points) is int and _is_name(band.name) for band in policy.bands):
        errors["bands"] = "give each band a name and the whole number of points it starts at"
    weights = policy.modality_weights
    if not isinstance(weights, Mapping) or not all(map(_is_finite, weights.values())):
        errors["modality_weights"] = "give a finite number for each modality"
    if not all(map(_is_finite, policy.rule_thresholds.values())):
        errors["rule_thresholds"] = "give a finite number for each rule"
    return errors


def _is_finite(value: object) -> bool:
    try:
        return isinstance(value, int | float) and math.isfinite(value)
    except OverflowError:  # a whole number beyond every float
        return False


def _is_name(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= MAX_NAME_CHARACTERS and value.isprintable()


POSITIVE = (
    "base_odds",
    "half_life_days",
    "saturation_samples",
    "gain",
    "decorrelation_s",
    "min_usable_s",
    "disagreement_signal",
)
SHARES = ("good_below_probability", "poor_from_probability", "min_coverage", "min_quality")


def _range_errors(policy: PolicyParameters) -> dict[str, str]:
    errors = {n: "must be above 0" for n in POSITIVE if getattr(policy, n) <= 0}
    errors |= {n: "must lie in 0…1" for n in SHARES if not 0 <= getattr(policy, n) <= 1}
    if policy.points_to_double_odds <= 0:
        errors["points_to_double_odds"] = "must be above 0"
    if policy.good_below_probability >= policy.poor_from_probability:
        errors["good_below_probability"] = "must lie below poor_from_probability"
    return errors


def _scale_errors(policy: PolicyParameters) -> dict[str, str]:
    errors = {
        name: f"must lie in {MIN_SCORE_POINTS}…{MAX_SCORE_POINTS} points"
        for name in ("base_points", "approval_cut_off_points")
        if not MIN_SCORE_POINTS <= getattr(policy, name) <= MAX_SCORE_POINTS
    }
    starts = [band.from_points for band in policy.bands]
    if not starts or starts[0] != MIN_SCORE_POINTS or starts != sorted(set(starts)):
        errors["bands"] = f"bands start at {MIN_SCORE_POINTS} and rise"
    elif starts[-1] >= MAX_SCORE_POINTS:
        errors["bands"] = f"the last band starts below {MAX_SCORE_POINTS}"
    return errors


def _behaviour_errors(policy: PolicyParameters) -> dict[str, str]:
    profile = PROFILES[policy.profile]
    errors = {}
    if policy.mode not in profile.allowed_modes:
        errors["mode"] = f"the {policy.profile} profile does not allow {policy.mode}"
    if not 0 <= policy.cap_points <= profile.max_cap_points:
        errors["cap_points"] = (
            f"the {policy.profile} profile allows 0 to {profile.max_cap_points} points"
        )
    return errors


def _table_errors(policy: PolicyParameters) -> dict[str, str]:
    errors = {}
    if set(policy.modality_weights) != set(MODALITIES):
        errors["modality_weights"] = f"give one weight each for {', '.join(MODALITIES)}"
    elif any(weight < 0 for weight in policy.modality_weights.values()):
        errors["modality_weights"] = "weights must not be negative"
    if not set(DEFAULT_RULE_THRESHOLDS) <= set(policy.rule_thresholds):
        errors["rule_thresholds"] = "give one threshold for each rule"
    if not _are_distributions(policy.reference_sessions):
        errors["reference_sessions"] = (
            "give for each modality sessions of seven probabilities that sum to 1"
        )
    return errors


def _are_distributions(sessions: Mapping[str, tuple[tuple[float, ...], ...]]) -> bool:
    if set(sessions) != set(MODALITIES) or not all(sessions.values()):
        return False
    return all(
        len(session) == len(EMOTIONS)
        and min(session) >= 0
        and math.isclose(math.fsum(session), 1.0, abs_tol=1e-3)
        for rows in sessions.values()
        for session in rows
    )

"""High-risk rules. A flag opens a review by a second person; it never declines."""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum

from scoring.engine import flag_words
from scoring.engine.behaviour import insufficiency, signal
from scoring.engine.evidence import EvidenceItem
from scoring.engine.flag_words import TITLES
from scoring.engine.fusion import ScoreResult
from scoring.engine.policy import PolicyParameters
from scoring.engine.types import BehaviourMode

# Fewer steps than this say nothing about how regular a walk is.
MIN_STEPS = 8


class Priority(IntEnum):
    """How soon a second person should look: 1 first."""

    HIGH = 1
    MEDIUM = 2
    LOW = 3


@dataclass(frozen=True, slots=True)
class RuleInput:
    """What the rules look at.

    ``probabilities`` holds the probability of default that each estimator gives, by its name.
    """

    result: ScoreResult
    evidence: tuple[EvidenceItem, ...]
    policy: PolicyParameters
    probabilities: Mapping[str, float] = field(default_factory=dict)

    def rows(self, *modalities: str) -> Iterator[EvidenceItem]:
        for item in self.evidence:
            if item.consented and item.modality in modalities and item.summary.usable_s:
                yield item

    def threshold(self, rule_id: str) -> float:
        return float(self.policy.rule_thresholds[rule_id])


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule saw: the figure, where, and a sentence for the reviewer."""

    observed: float
    text: str
    session_id: str = ""
    modality: str = ""


Check = Callable[[RuleInput, float], Iterator[Finding]]


@dataclass(frozen=True, slots=True)
class Rule:
    """``reads_behaviour``: the rule reads expressions, so it is silent unless they are scored."""

    rule_id: str
    version: str
    priority: Priority
    reads_behaviour: bool
    check: Check

    @property
    def title(self) -> str:
        return TITLES[self.rule_id]


@dataclass(frozen=True, slots=True)
class RaisedFlag:
    """A finding under the rule and threshold that raised it."""

    rule_id: str
    rule_version: str
    title: str
    priority: Priority
    threshold: float
    finding: Finding


def raised_flags(rule_input: RuleInput) -> tuple[RaisedFlag, ...]:
    """Return the flags that all rules raise, most urgent first."""
    scored = rule_input.policy.mode is BehaviourMode.ADVISORY
    flags = [
        RaisedFlag(rule.rule_id, rule.version, rule.title, rule.priority, threshold, finding)
        for rule in RULES
        if scored or not rule.reads_behaviour
        for threshold in [rule_input.threshold(rule.rule_id)]
        for finding in rule.check(rule_input, threshold)
    ]
    return tuple(sorted(flags, key=lambda flag: flag.priority))


def _gait_agitation(given: RuleInput, threshold: float) -> Iterator[Finding]:
    for item in given.rows("gait"):
        if item.summary.arousal > threshold and not insufficiency(item.summary, given.policy):
            text = flag_words.AROUSAL.format(arousal=f"{item.summary.arousal:.2f}")
            yield Finding(item.summary.arousal, text, item.session_id, "gait")


def _gait_instability(given: RuleInput, threshold: float) -> Iterator[Finding]:
    """Raise a flag where step follows step without a rhythm.

    How the left foot's steps differ from the right's is not looked at: a limp, a cane or a heavy
    bag makes a walk uneven, and none of them is a risk. Regularity compares each foot with itself.
    """
    for item in given.rows("gait"):
        regularity = item.measures.get("step_regularity")
        if regularity is None or (item.measures.get("steps") or 0) < MIN_STEPS:
            continue
        if regularity < threshold:
            text = flag_words.REGULARITY.format(regularity=f"{regularity:.2f}")
            yield Finding(regularity, text, item.session_id, "gait")


def _sustained_fear_anger(given: RuleInput, threshold: float) -> Iterator[Finding]:
    for item in given.rows("face", "voice"):
        if item.summary.sustained_s >= threshold:
            seconds = f"{item.summary.sustained_s:.1f}"
            text = flag_words.SUSTAINED.format(modality=item.modality, seconds=seconds)
            yield Finding(item.summary.sustained_s, text, item.session_id, item.modality)


def _voice_face_contradiction(given: RuleInput, threshold: float) -> Iterator[Finding]:
    signals: dict[str, dict[str, float]] = {}
    for item in given.rows("face", "voice"):
        if not insufficiency(item.summary, given.policy):
            own = signals.setdefault(item.session_id, {})
            own[item.modality] = signal(item.summary, item.modality, given.policy)
    for session_id, own in signals.items():
        distance = abs(own.get("face", 0.0) - own.get("voice", 0.0))
        if len(own) == 2 and own["face"] * own["voice"] < 0 and distance > threshold:
            shown = {name: f"{own[name]:+.2f}" for name in ("face", "voice")}
            text = flag_words.CONTRADICTION.format(**shown)
            yield Finding(distance, text, session_id)


def _several_people(given: RuleInput, threshold: float) -> Iterator[Finding]:
    for item in given.rows("face"):
        people = item.measures.get("people")
        if people is not None and people > threshold:
            text = flag_words.PEOPLE.format(people=int(people))
            yield Finding(people, text, item.session_id, "face")


def _repeated_recording(given: RuleInput, threshold: float) -> Iterator[Finding]:
    for item in given.rows("face", "voice", "gait"):
        count = item.measures.get("seen_before") or 0.0
        if count > threshold:
            yield Finding(count, flag_words.REPEATED, item.session_id, item.modality)


def _poor_quality(given: RuleInput, threshold: float) -> Iterator[Finding]:
    for item in given.rows("face", "voice", "gait"):
        if item.summary.quality < threshold:
            quality = f"{item.summary.quality:.2f}"
            text = flag_words.QUALITY.format(modality=item.modality, quality=quality)
            yield Finding(item.summary.quality, text, item.session_id, item.modality)


def _estimators_disagree(given: RuleInput, threshold: float) -> Iterator[Finding]:
    if len(given.probabilities) < 2:
        return
    ranked = sorted(given.probabilities.items(), key=lambda pair: pair[1])
    (low_name, low), (high_name, high) = ranked[0], ranked[-1]
    distance = _log_odds(high) - _log_odds(low)
    if distance > threshold:
        text = flag_words.DISAGREE.format(
            low_name=low_name, low=f"{100 * low:.1f}", high_name=high_name, high=f"{100 * high:.1f}"
        )
        yield Finding(distance, text)


def _log_odds(probability: float) -> float:
    limited = min(max(probability, 1e-6), 1 - 1e-6)
    return math.log(limited / (1 - limited))


def _behaviour_changes_class(given: RuleInput, threshold: float) -> Iterator[Finding]:
    result = given.result
    steps = abs(result.unprotected_class.rank - result.financial_class.rank)
    if steps > threshold:
        text = flag_words.OTHER_CLASS.format(
            class_without=result.financial_class, class_with=result.unprotected_class
        )
        yield Finding(float(steps), text)
    elif result.is_class_protected:
        yield Finding(float(result.adjustment.points), flag_words.BELOW_CUT_OFF)


RULES: tuple[Rule, ...] = (
    Rule("gait_agitation", "1", Priority.MEDIUM, True, _gait_agitation),
    Rule("gait_instability", "2", Priority.LOW, True, _gait_instability),
    Rule(
        "sustained_fear_anger",
        "1",
        Priority.MEDIUM,
        True,
        _sustained_fear_anger,
    ),
    Rule(
        "voice_face_contradiction",
        "1",
        Priority.MEDIUM,
        True,
        _voice_face_contradiction,
    ),
    Rule(
        "several_people",
        "1",
        Priority.HIGH,
        False,
        _several_people,
    ),
    Rule(
        "repeated_recording",
        "1",
        Priority.HIGH,
        False,
        _repeated_recording,
    ),
    Rule("poor_quality", "1", Priority.LOW, False, _poor_quality),
    Rule(
        "estimators_disagree",
        "1",
        Priority.MEDIUM,
        False,
        _estimators_disagree,
    ),
    Rule(
        "behaviour_changes_class",
        "1",
        Priority.HIGH,
        True,
        _behaviour_changes_class,
    ),
)

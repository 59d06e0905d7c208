"""The fused emotion history of a recording, ready for its templates.

The stretches are the text alternative of the drawn history: everything that the picture shows,
in words and in order.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from media_processing import words
from media_processing.analysis.types import EMOTIONS
from media_processing.models import EmotionHistory, ProcessingJob, Recording
from media_processing.models.observation import ModalityName
from media_processing.words import Text

METHODS: Mapping[str, Text] = {
    "product_of_experts": gettext_lazy("product of experts"),
    "fusion_transformer": gettext_lazy("Transformer"),
}
# From here on a moment says little; the page calls it uncertain.
UNCERTAIN_FROM = 0.7
MODALITIES = tuple(ModalityName.choices)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Moments in a row with one strongest label, or one contradiction, without a gap."""

    from_s: float
    to_s: float
    label: str
    text: Text
    share: float
    uncertainty: float
    signals: Sequence[Text]
    conflict: str = ""

    @property
    def is_uncertain(self) -> bool:
        return self.uncertainty >= UNCERTAIN_FROM


@dataclass(frozen=True, slots=True)
class History:
    """A history in words; ``card`` names the network whose card tells of the method."""

    method: Text
    version: str
    sha256: str
    observed_s: float
    uncertain_share: float
    stretches: Sequence[Stretch]
    words: Mapping[str, Any]
    card: str = "fusion"

    @property
    def conflicts(self) -> list[Stretch]:
        return [stretch for stretch in self.stretches if stretch.conflict]


def history_of(recording: Recording) -> History | None:
    """Return the history of a recording, None where it has none."""
    stored = EmotionHistory.objects.filter(recording=recording).first()
    if stored is None:
        return None
    content = stored.content
    doubts = content["uncertainty"]
    return History(
        method=METHODS.get(stored.method, stored.method),
        version=stored.network_version,
        sha256=stored.network_sha256,
        observed_s=len(doubts) * content["hop_s"],
        uncertain_share=sum(doubt >= UNCERTAIN_FROM for doubt in doubts) / len(doubts),
        stretches=list(_stretches(content)),
        words={
            "labels": [str(words.EXPRESSIONS[name]) for name in EMOTIONS],
            "signals": {name: str(label) for name, label in MODALITIES},
            "conflict": _("contradict each other"),
        },
    )


def why_no_history(recording: Recording) -> Text:
    """Return the sentence that stands in the place of a history."""
    job: ProcessingJob | None = getattr(recording, "job", None)
    if job is not None and job.is_open:
        return _("Put together when all signals of the recording have been read")
    if recording.observations.exists():
        return _("Not made for this recording")
    return _("Nothing was observed that could be put together")


def _stretches(content: Mapping[str, Any]) -> Iterator[Stretch]:
    """Join moments with the same strongest label and the same contradiction, up to a gap."""
    contradicting = _contradicting(content)
    half_s = content["hop_s"] / 2
    kinds = []
    run = 0
    for place, t_s in enumerate(content["t_s"]):
        if place and t_s - content["t_s"][place - 1] > content["hop_s"] * 1.5:
            run += 1
        shares = content["probabilities"][place]
        kinds.append((run, shares.index(max(shares)), contradicting.get(place, ())))
    for (_run, label, pairs), places in groupby(range(len(kinds)), key=kinds.__getitem__):
        moments = list(places)
        yield Stretch(
            from_s=max(0.0, content["t_s"][moments[0]] - half_s),
            to_s=content["t_s"][moments[-1]] + half_s,
            label=EMOTIONS[label],
            text=words.EXPRESSIONS[EMOTIONS[label]],
            share=_mean(content["probabilities"][place][label] for place in moments),
            uncertainty=_mean(content["uncertainty"][place] for place in moments),
            signals=[
                text
                for name, text in MODALITIES
                if any(content["weights"][name][place] > 0 for place in moments)
            ],
            conflict=_conflict(content, moments[0], pairs),
        )


def _contradicting(content: Mapping[str, Any]) -> dict[int, tuple[str, ...]]:
    """Return for each moment with a contradiction the pairs of modalities, as ``face-voice``."""
    found: dict[int, tuple[str, ...]] = {}
    for pair, places in content["conflicts"].items():
        for place in places:
            found[place] = (*found.get(place, ()), pair)
    return found


def _conflict(content: Mapping[str, Any], place: int, pairs: Sequence[str]) -> str:
    """Return who shows what where signals contradict each other: ``Face: Happy, Voice: Sad``."""
    names = dict.fromkeys(name for pair in pairs for name in pair.split("-"))
    texts = dict(MODALITIES)
    shown = []
    for name in names:
        label = words.EXPRESSIONS[EMOTIONS[content["strongest"][name][place]]]
        shown.append(f"{texts[name]}: {label}")
    return ", ".join(shown)


def _mean(values: Iterator[float]) -> float:
    found = list(values)
    return sum(found) / len(found)

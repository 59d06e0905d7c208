"""The fused emotion history of a recording, ready for its templates.

The stretches are the text alternative of the drawn history: everything that the picture shows,
in words and in order.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby
from statistics import fmean
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
# Two moments further apart than this many hops have a gap between them.
GAP_HOPS = 1.5
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
    conflicts: Sequence[Stretch]
    words: Mapping[str, Any]
    card: str = "fusion"


def history_of(recording: Recording) -> History | None:
    """Return the history of a recording, None where it has none."""
    stored = EmotionHistory.objects.filter(recording=recording).first()
    return in_words(stored) if stored is not None else None


def in_words(stored: EmotionHistory) -> History:
    """Return what a history says, in time that grows with its length and no faster."""
    content = stored.content
    doubts, conflicts = content["uncertainty"], _conflicts(content)
    looks = list(zip(_strongest(content), conflicts, strict=True))
    return History(
        method=METHODS.get(stored.method, stored.method),
        version=stored.network_version,
        sha256=stored.network_sha256,
        observed_s=len(doubts) * content["hop_s"],
        uncertain_share=sum(doubt >= UNCERTAIN_FROM for doubt in doubts) / len(doubts),
        stretches=[
            _stretch(content, moments, conflicts[moments[0]]) for moments in _runs(content, looks)
        ],
        conflicts=[
            _stretch(content, moments, conflicts[moments[0]])
            for moments in _runs(content, conflicts)
            if conflicts[moments[0]]
        ],
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


def _runs(content: Mapping[str, Any], kinds: Sequence[object]) -> Iterator[list[int]]:
    """Yield the moments in a row that are of one kind, without a gap between them."""
    times = content["t_s"]
    gaps = accumulate(
        place > 0 and times[place] - times[place - 1] > content["hop_s"] * GAP_HOPS
        for place in range(len(times))
    )
    keys = list(zip(gaps, kinds, strict=True))
    for _key, places in groupby(range(len(keys)), key=keys.__getitem__):
        yield list(places)


def _strongest(content: Mapping[str, Any]) -> list[int]:
    """Return the place of the strongest label at every moment."""
    return [shares.index(max(shares)) for shares in content["probabilities"]]


def _conflicts(content: Mapping[str, Any]) -> list[str]:
    """Return for every moment who shows what where signals contradict each other, else nothing.

    ``Face: Happy, Voice: Sad``.
    """
    names_at: dict[int, dict[str, None]] = {}
    for pair, places in content["conflicts"].items():
        for place in places:
            names_at.setdefault(place, {}).update(dict.fromkeys(pair.split("-")))
    return [_shown(content, place, names_at.get(place, ())) for place in range(len(content["t_s"]))]


def _shown(content: Mapping[str, Any], place: int, names: Iterable[str]) -> str:
    texts = dict(MODALITIES)
    return ", ".join(
        f"{texts[name]}: {words.EXPRESSIONS[EMOTIONS[content['strongest'][name][place]]]}"
        for name in names
    )


def _stretch(content: Mapping[str, Any], moments: Sequence[int], conflict: str) -> Stretch:
    shares, half_s = content["probabilities"][moments[0]], content["hop_s"] / 2
    label = shares.index(max(shares))
    return Stretch(
        from_s=max(0.0, content["t_s"][moments[0]] - half_s),
        to_s=content["t_s"][moments[-1]] + half_s,
        label=EMOTIONS[label],
        text=words.EXPRESSIONS[EMOTIONS[label]],
        share=fmean(content["probabilities"][place][label] for place in moments),
        uncertainty=fmean(content["uncertainty"][place] for place in moments),
        signals=[
            text
            for name, text in MODALITIES
            if any(content["weights"][name][place] > 0 for place in moments)
        ],
        conflict=conflict,
    )

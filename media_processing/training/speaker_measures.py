"""How well speakers are told apart: trials, error rates and the choice of the thresholds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from media_processing.analysis.speaker import VoiceFrames, voice_vector
from media_processing.inference.speaker import SpeakerModel
from media_processing.training.speaker_material import Speakers, Spoken, stretch

ENROLMENTS_S = (3.0, 5.0, 10.0)
WINDOW_S = 3.0
WINDOWS = 12
ENROLLED = 3
# Against so many others of the corpus each speaker is tried.
RIVALS = 12
# In an interview the enrolment is calm, whatever comes later.
CALM = ("neutral", "calm")
# The share of windows of somebody else that may be let through.
LET_THROUGH = 0.02
CHOSEN_S = 5.0

Array = npt.NDArray[np.float64]
Key = tuple[str, float, str]


@dataclass
class Trials:
    """Scores by (corpus, seconds of enrolment, ``alone`` or ``cohort``), own and of others."""

    rng: np.random.Generator
    own: dict[Key, list[float]] = field(default_factory=dict)
    others: dict[Key, list[float]] = field(default_factory=dict)
    speakers: dict[str, set[str]] = field(default_factory=dict)

    def add(self, model: SpeakerModel, held_out: Speakers) -> None:
        """Try speakers that taught ``model`` nothing, each against all others of the corpus."""
        halves = {name: self._halves(found) for name, found in held_out.items()}
        heard = {
            name: np.array(
                [self._seen(model, stretch(later, WINDOW_S, self.rng)) for _ in range(WINDOWS)]
            )
            for name, (_, later) in halves.items()
        }
        for seconds in ENROLMENTS_S:
            prints = {
                name: [
                    self._seen(model, stretch(early, seconds, self.rng)) for _ in range(ENROLLED)
                ]
                for name, (early, _) in halves.items()
            }
            for name in held_out:
                corpus = held_out[name][0].corpus
                self.speakers.setdefault(corpus, set()).add(name)
                rivals = [
                    other
                    for other in held_out
                    if other != name and held_out[other][0].corpus == corpus
                ]
                for rival in self.rng.permutation(rivals)[:RIVALS]:
                    self._try(model, (corpus, seconds), (prints, heard), (name, rival))

    def _try(
        self,
        model: SpeakerModel,
        place: tuple[str, float],
        material: tuple[Mapping[str, list[Array]], Mapping[str, Array]],
        pair: tuple[str, str],
    ) -> None:
        prints, heard = material
        name, rival = pair
        for mine, his in zip(prints[name], prints[rival], strict=True):
            for who, kept in ((name, self.own), (rival, self.others)):
                alone = model.scores(mine, heard[who])
                beside = alone - np.maximum(0.0, model.scores(his, heard[who]))
                kept.setdefault((*place, "alone"), []).extend(alone)
                kept.setdefault((*place, "cohort"), []).extend(beside)

    def _halves(self, found: Sequence[Spoken]) -> tuple[list[Spoken], list[Spoken]]:
        """Return clips to enrol from, calm ones where there are enough, and clips to hear."""
        calm = [one for one in found if one.manner in CALM]
        rest = [one for one in found if one.manner not in CALM]
        if sum(one.frames.duration_s for one in calm) < min(ENROLMENTS_S) or not rest:
            order = self.rng.permutation(len(found))
            half = len(found) // 2
            return [found[i] for i in order[:half]], [found[i] for i in order[half:]]
        return calm, rest

    def _seen(self, model: SpeakerModel, frames: VoiceFrames) -> Array:
        return model.coordinates(voice_vector(frames))


def equal_error_rate(own: Sequence[float], others: Sequence[float]) -> float:
    """Return the rate at which as many own are refused as others let through."""
    limits = np.unique(np.concatenate([own, others]))
    refused = np.searchsorted(np.sort(own), limits) / len(own)
    let_in = 1 - np.searchsorted(np.sort(others), limits) / len(others)
    place = int(np.argmin(np.abs(refused - let_in)))
    return float((refused[place] + let_in[place]) / 2)


def thresholds_at(trials: Trials, corpora: Sequence[str]) -> dict[str, float]:
    """Return for each way the score that lets ``LET_THROUGH`` of the others through."""
    return {
        way: round(
            max(
                float(np.quantile(trials.others[corpus, CHOSEN_S, way], 1 - LET_THROUGH))
                for corpus in corpora
            ),
            4,
        )
        for way in ("alone", "cohort")
    }


def measured(trials: Trials, thresholds: Mapping[str, float]) -> dict[str, Any]:
    """Return the figures of the model card by corpus, seconds of enrolment and way."""
    rows = []
    for corpus, seconds, way in sorted(trials.own):
        own = np.array(trials.own[corpus, seconds, way])
        others = np.array(trials.others[corpus, seconds, way])
        rows.append(
            {
                "corpus": corpus,
                "enrolment_s": seconds,
                "way": way,
                "equal_error_rate": round(equal_error_rate(own, others), 4),
                "others_let_through": round(float((others >= thresholds[way]).mean()), 4),
                "own_refused": round(float((own < thresholds[way]).mean()), 4),
                "trials": [len(own), len(others)],
            }
        )
    speakers = {corpus: len(names) for corpus, names in sorted(trials.speakers.items())}
    return {"speakers": speakers, "thresholds": dict(thresholds), "rows": rows}

"""Which speech is the applicant's, by a few seconds of each who speaks.

The applicant's voice alone does not tell enough: one threshold lets up to 17 % of somebody else's
windows through, by corpus (``weights/speaker.md``). So nothing is kept until somebody else has
spoken alone too, and a window must sound like the applicant rather than like them. Lost speech of
the applicant is the cheaper error: what is in doubt is not heard. The voices are worked out from
the recording each time, kept in memory while it is analysed, and written nowhere.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from media_processing.analysis.audio import FloatArray, duration_s
from media_processing.analysis.speaker import voice_frames, voice_vector
from media_processing.analysis.subject import Subject, VoiceChoice
from media_processing.analysis.vad import Segment, total_s
from media_processing.analysis.voice_windows import HOP_S, utterances
from media_processing.analysis.windows import windows
from media_processing.inference.speaker import SpeakerModel

WINDOW_S = 3.0
# With less speech than this nobody can be told from anybody.
LEAST_ENROLMENT_S = 2.0
LEAST_WINDOW_S = 1.0
# Left out beside speech of somebody else, so that no window reaches across it.
MARGIN_S = 0.15

Array = npt.NDArray[np.float64]


class ApplicantSpeech:
    """Keeps the applicant's part of the speech of one recording that may still grow.

    Raises WeightsError where the comparison is needed and its coefficients are missing.
    """

    def __init__(self, subject: Subject, weights_dir: Path) -> None:
        self._subject = subject
        is_needed = subject.voice is VoiceChoice.ENROLLED
        self._model = SpeakerModel.load(weights_dir) if is_needed else None
        self._prints: dict[Segment, Array] = {}
        self._scores: dict[tuple[float, float], float] = {}
        self._is_complete = False

    def keep(self, samples: FloatArray, segments: Sequence[Segment]) -> list[Segment]:
        """Return the parts of the speech ``segments`` in (n,) samples that are the applicant's.

        Of a recording that goes on ``segments`` may be the newest alone, once all are enrolled.
        """
        if self._model is None:
            return list(segments)
        kept: list[Segment] = []
        if self.enrol(samples, segments):
            for utterance in utterances(segments):
                inside = _within(segments, utterance)
                for part in self._applicants(samples, inside, utterance):
                    kept += _within(inside, part)
        return _outside(kept, self._subject.others)

    def enrol(self, samples: FloatArray, segments: Sequence[Segment]) -> bool:
        """Work out the voices from all speech so far; say whether the applicant can be told."""
        if not self._is_complete:
            for span in self._spans:
                if span not in self._prints:
                    self._add_print(samples, segments, span)
            self._is_complete = all(span in self._prints for span in self._spans)
        return self._subject.enrolment in self._prints and bool(self._rivals)

    @property
    def _spans(self) -> list[Segment]:
        spans = [self._subject.enrolment, *self._subject.others]
        return [span for span in spans if span is not None]

    def _add_print(self, samples: FloatArray, segments: Sequence[Segment], span: Segment) -> None:
        speech = _within(segments, span)
        has_come = span.end_s <= duration_s(samples) + HOP_S / 2
        if has_come and total_s(speech) >= LEAST_ENROLMENT_S:
            self._prints[span] = self._coordinates(samples, speech)
            # What was compared with fewer voices is compared anew.
            self._scores = {}

    def _coordinates(self, samples: FloatArray, speech: Sequence[Segment]) -> Array:
        assert self._model is not None
        return self._model.coordinates(voice_vector(voice_frames(samples, speech)))

    def _applicants(
        self, samples: FloatArray, segments: Sequence[Segment], utterance: Segment
    ) -> list[Segment]:
        """Return the parts of an utterance whose windows are, on the average, the applicant's."""
        assert self._model is not None
        heard = [
            (start_s, end_s, score)
            for start_s, end_s in windows(
                utterance.start_s, utterance.end_s, window_s=WINDOW_S, hop_s=HOP_S
            )
            if (score := self._score(samples, segments, start_s, end_s)) is not None
        ]
        cells = np.arange(utterance.start_s, utterance.end_s, HOP_S)
        accepted = [_mean_at(heard, cell + HOP_S / 2) >= self._model.threshold for cell in cells]
        return _runs(cells, accepted, utterance)

    @property
    def _rivals(self) -> list[Array]:
        return [self._prints[span] for span in self._subject.others if span in self._prints]

    def _score(
        self, samples: FloatArray, segments: Sequence[Segment], start_s: float, end_s: float
    ) -> float | None:
        """Return how sure a window is the applicant's; None where it holds too little speech."""
        speech = _within(segments, Segment(start_s, end_s))
        if total_s(speech) < LEAST_WINDOW_S:
            return None
        key = (round(speech[0].start_s, 2), round(speech[-1].end_s, 2))
        if key not in self._scores:
            self._scores[key] = self._compared(self._coordinates(samples, speech))
        return self._scores[key]

    def _compared(self, heard: Array) -> float:
        assert self._model is not None and self._subject.enrolment is not None
        mine = float(self._model.scores(self._prints[self._subject.enrolment], heard))
        rivals = [float(self._model.scores(rival, heard)) for rival in self._rivals]
        return mine - max([0.0, *rivals])


def _within(segments: Sequence[Segment], span: Segment) -> list[Segment]:
    cut = [
        Segment(max(part.start_s, span.start_s), min(part.end_s, span.end_s)) for part in segments
    ]
    return [part for part in cut if part.duration_s > 0]


def _outside(segments: Sequence[Segment], spans: Sequence[Segment]) -> list[Segment]:
    """Return what of ``segments`` lies in none of ``spans``: there surely somebody else speaks."""
    left = list(segments)
    for span in spans:
        before, after = Segment(0.0, span.start_s), Segment(span.end_s, np.inf)
        left = [*_within(left, before), *_within(left, after)]
    return sorted(left, key=lambda part: part.start_s)


def _mean_at(heard: Sequence[tuple[float, float, float]], t_s: float) -> float:
    scores = [score for start_s, end_s, score in heard if start_s <= t_s <= end_s]
    return float(np.mean(scores)) if scores else -np.inf


def _runs(cells: Array, accepted: Sequence[bool], utterance: Segment) -> list[Segment]:
    """Join accepted cells; beside a refused one a margin is left out, and a run below a window."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], accepted, [False]]).astype(np.int8)))
    runs = []
    for first, last in zip(edges[::2], edges[1::2], strict=True):
        start_s = cells[first] + (MARGIN_S if first > 0 else 0.0)
        end_s = utterance.end_s if last == len(cells) else cells[last] - MARGIN_S
        if all(accepted) or end_s - start_s >= WINDOW_S - 2 * MARGIN_S:
            runs.append(Segment(float(start_s), float(end_s)))
    return runs

"""Which speech of a recording that goes on is the applicant's, where several people are told apart.

An utterance is told once it has ended: a voice is known by all of it, and what was told would have
to be taken back if it turned out to be the officer's.
"""

from pathlib import Path

import numpy as np

from media_processing.analysis.audio import FloatArray
from media_processing.analysis.growing import Growing
from media_processing.analysis.speech_so_far import SpeechSoFar
from media_processing.analysis.subject import Subject
from media_processing.analysis.vad import Segment
from media_processing.analysis.voice_windows import speech_windows
from media_processing.modalities.applicant_speech import ApplicantSpeech


class ApplicantSpeechSoFar(SpeechSoFar):
    """The ended utterances of the enrolled applicant in ``samples``, which grow.

    What was said before both voices were known waits until they are. Raises WeightsError where the
    comparison's coefficients are missing.
    """

    def __init__(
        self, frame_s: float, samples: Growing[np.float32], subject: Subject, weights_dir: Path
    ) -> None:
        super().__init__(frame_s)
        self._samples = samples
        self._everybody = SpeechSoFar(frame_s)
        self._applicant = ApplicantSpeech(subject, weights_dir)
        self._waiting: list[Segment] = []

    def extend(self, probabilities: FloatArray) -> None:
        """Take in the probability of speech of the next (frames,)."""
        self._everybody.extend(probabilities)

    def look(self, duration_s: float) -> list[Segment]:
        """Return the segments of the applicant that are known by this call."""
        self._waiting += self._everybody.look(duration_s)
        if not self._waiting:
            return []
        samples = self._samples.rows
        if not self._applicant.enrol(samples, self._everybody.recent(0.0)):
            return []
        waiting, self._waiting = self._waiting, []
        own = self._applicant.keep(samples, waiting)
        self.settled += own
        self.settled_windows += speech_windows(own)
        return own

"""Speech in a recording that goes on: what lies before a long pause is settled and looked at once.

Cutting at a pause changes nothing: no segment and no window reaches across one that is longer
than :data:`SETTLING_PAUSE_S` (:mod:`vad`, :mod:`voice_windows`).
"""

import numpy as np
import numpy.typing as npt

from media_processing.analysis.growing import Growing
from media_processing.analysis.vad import Segment, speech_segments
from media_processing.analysis.voice_windows import (
    UTTERANCE_PAUSE_S,
    SpeechWindow,
    speech_windows,
)

SETTLING_PAUSE_S = UTTERANCE_PAUSE_S + 0.5


class SpeechSoFar:
    """Segments and windows of speech, as ``speech_segments`` and ``speech_windows`` give them.

    ``frame_s`` is the length of one frame of the detector.
    """

    def __init__(self, frame_s: float) -> None:
        self._frame_s = frame_s
        self._speaking: Growing[np.float32] = Growing(np.float32)
        self._first = 0
        self.settled: list[Segment] = []
        self.settled_windows: list[SpeechWindow] = []
        self.open: list[Segment] = []

    def extend(self, probabilities: npt.NDArray[np.float32]) -> None:
        """Take in the probability of speech of the next (frames,)."""
        self._speaking.extend(probabilities)

    def look(self, duration_s: float) -> list[Segment]:
        """Look at what is not settled, and return the segments that are settled by this call."""
        rows = self._speaking.rows[self._first :]
        self.open = speech_segments(rows, self._frame_s, duration_s, first_frame=self._first)
        ends = [segment.start_s for segment in self.open[1:]] + [duration_s]
        for count in range(len(self.open), 0, -1):
            last_s, next_s = self.open[count - 1].end_s, ends[count - 1]
            if next_s - last_s >= SETTLING_PAUSE_S:
                return self._settle(count, (last_s + next_s) / 2)
        return []

    def open_windows(self) -> list[SpeechWindow]:
        """Return the windows that may still change."""
        return speech_windows(self.open)

    def recent(self, since_s: float) -> list[Segment]:
        """Return all segments that reach beyond ``since_s``."""
        found = [segment for segment in self.open if segment.end_s > since_s]
        for segment in reversed(self.settled):
            if segment.end_s <= since_s:
                break
            found.insert(0, segment)
        return found

    def _settle(self, count: int, until_s: float) -> list[Segment]:
        settled, self.open = self.open[:count], self.open[count:]
        self._first = int(until_s / self._frame_s)
        self.settled += settled
        self.settled_windows += speech_windows(settled)
        return settled

"""Speech that is looked at while it is recorded is the speech of the whole recording."""

import numpy as np
import pytest

from media_processing.analysis.speech_so_far import SpeechSoFar
from media_processing.analysis.vad import speech_segments
from media_processing.analysis.voice_windows import speech_windows

FRAME_S = 0.032


@pytest.mark.parametrize("seed", range(5))
def test_piece_by_piece_gives_what_the_whole_gives(seed: int) -> None:
    random = np.random.default_rng(seed)
    stretches = [
        np.full(random.integers(3, 90), value)
        for value in random.choice([0.05, 0.4, 0.9], size=80, p=[0.5, 0.1, 0.4])
    ]
    probabilities = np.concatenate(stretches).astype(np.float32)
    whole = speech_segments(probabilities, FRAME_S, len(probabilities) * FRAME_S)
    so_far = SpeechSoFar(FRAME_S)
    for first in range(0, len(probabilities), 31):
        part = probabilities[first : first + 31]
        so_far.extend(part)
        so_far.look((first + len(part)) * FRAME_S)
    assert [*so_far.settled, *so_far.open] == whole
    assert [*so_far.settled_windows, *so_far.open_windows()] == speech_windows(whole)
    assert len(so_far.settled) > len(so_far.open)
    assert so_far.recent(whole[-1].start_s) == whole[-1:]

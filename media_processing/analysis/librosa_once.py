"""librosa, whose inner loops are compiled by one process at a time.

At its first use librosa compiles them with numba, which keeps the machine code beside librosa's
source. numba numbers these files without a lock: of two processes that compile at once, one's code
can end up under the other's name, and whoever loads it afterwards jumps to an address that is none.
So whoever comes first holds a lock until all is compiled, and the others find it done.
"""

import fcntl
import importlib.util
from functools import cache
from pathlib import Path
from types import ModuleType

import numpy as np

RATE_HZ = 16_000


@cache
def librosa() -> ModuleType:
    """Return librosa, compiled. The first process on a machine takes a minute for it."""
    with _own_source().open("rb") as shared:
        fcntl.flock(shared, fcntl.LOCK_EX)
        return _compiled()


def _own_source() -> Path:
    """Return a file that exactly those processes share which share the machine code."""
    found = importlib.util.find_spec("librosa")
    assert found is not None and found.origin is not None
    return Path(found.origin)


def _compiled() -> ModuleType:
    import librosa as library

    # Its parts are loaded when they are first named, and some loops are compiled when first called.
    sound = np.sin(np.arange(RATE_HZ // 4, dtype=np.float32))
    library.yin(sound, fmin=65.0, fmax=500.0, sr=RATE_HZ, frame_length=1024, center=False)
    library.feature.melspectrogram(y=sound, sr=RATE_HZ, n_fft=1024)
    library.feature.rms(y=sound)
    library.stft(sound, n_fft=1024)
    return library

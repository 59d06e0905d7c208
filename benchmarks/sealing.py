"""Reading a range of a sealed recording, against reading the same bytes unsealed."""

import io
import os
from collections.abc import Iterator

from applicants.sealing import SealedReader, SealedWriter, new_data_key
from benchmarks.figure import Figure, median_s

SIZE_BYTES = 64 * 1024**2
RANGE_BYTES = 8 * 1024**2
START = SIZE_BYTES // 2 + 12_345


def figures() -> Iterator[Figure]:
    plain, key = os.urandom(SIZE_BYTES), new_data_key()
    sealed = io.BytesIO()
    writer = SealedWriter(sealed, key, "benchmark")
    writer.write(plain)
    writer.close()
    reader = SealedReader(io.BytesIO(sealed.getvalue()), key, "benchmark")
    source = io.BytesIO(plain)

    def read_plain() -> bytes:
        source.seek(START)
        return source.read(RANGE_BYTES)

    sealed_s = median_s(lambda: reader.read_range(START, START + RANGE_BYTES))
    # A client on a gigabit line is the limit that playback must not slow down.
    line_s = RANGE_BYTES / 125e6
    yield Figure(
        "sealed range of 8 MiB", sealed_s, "s", "the same range over a gigabit line", line_s,
        "below 1: decryption is faster than the line",
    )  # fmt: skip
    yield Figure(
        "sealed range of 8 MiB against memory", sealed_s, "s", "the same range unsealed",
        median_s(read_plain), "what encryption at rest costs",
    )  # fmt: skip

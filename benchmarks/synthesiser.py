"""Drawing synthetic applicants as CSV, against drawing rows of a table again (bootstrap)."""

import io
from collections.abc import Iterator

import numpy as np

from benchmarks.figure import Figure, median_s
from scoring.privacy import provenance
from scoring.services import synthesis

ROWS = 20_000
REAL_ROWS = 800


def figures() -> Iterator[Figure]:
    generator = synthesis.installed().synthesiser
    real = generator.sample(REAL_ROWS, seed=0)

    def draw() -> None:
        target = io.BytesIO()
        for part in provenance.csv_parts(generator.blocks(ROWS, seed=1)):
            target.write(part)

    def bootstrap() -> None:
        chosen = np.random.default_rng(1).integers(0, REAL_ROWS, ROWS)
        block = {name: values[chosen] for name, values in real.items()}
        target = io.BytesIO()
        for part in provenance.csv_parts([block]):
            target.write(part)

    yield Figure(
        "synthetic applicants drawn and written as CSV", ROWS / median_s(draw, repeats=3),
        "rows/s", "rows of a table drawn again and written as CSV",
        ROWS / median_s(bootstrap, repeats=3),
        "below 1: a network and a draw per level against an index",
    )  # fmt: skip

"""Drawn rows as CSV, each with its mark, and the file that says where they come from."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from scoring.privacy.synthesis import DRAWING
from scoring.privacy.synthetic_mark import MARK, MARK_COLUMN

WITHOUT_PRIVACY = "no differential privacy"
Columns = Mapping[str, npt.NDArray[np.object_]]


def csv_parts(blocks: Iterable[Columns]) -> Iterator[bytes]:
    """Yield a table as CSV in UTF-8, block by block; its last column is the mark in every row."""
    is_first = True
    for block in blocks:
        text = io.StringIO(newline="")
        writer = csv.writer(text, lineterminator="\n")
        if is_first:
            writer.writerow([*block, MARK_COLUMN])
            is_first = False
        rows = len(next(iter(block.values())))
        writer.writerows(zip(*block.values(), [MARK] * rows, strict=True))
        yield text.getvalue().encode()


def sidecar(
    content: Mapping[str, Any],
    *,
    generator_sha256: str,
    licence: str,
    rows: int,
    seed: int,
    class_shares: Sequence[float] | None,
) -> dict[str, Any]:
    """Return what stands beside a drawn table: all that is needed to draw the same rows again."""
    epsilon, account = content.get("epsilon"), content.get("account") or {}
    shares = class_shares if class_shares is not None else content["class_shares"]
    return {
        "synthetic": True,
        "mark": {"column": MARK_COLUMN, "value": MARK},
        "generator": "creditweb synthesiser",
        "version": content["version"],
        "sha256": generator_sha256,
        "trained_on": content["trained_on"],
        "licence": licence,
        "rows": rows,
        "seed": seed,
        "drawing": DRAWING,
        "classes": dict(zip(content["classes"], (round(s, 6) for s in shares), strict=True)),
        "target": content["target"],
        "privacy": WITHOUT_PRIVACY
        if epsilon is None
        else {"epsilon": epsilon, "delta": account.get("delta")},
        "may_train_production": False,
    }

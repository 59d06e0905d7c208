"""What the branches agree on before any training: columns, levels, keys and limits.

The agreement holds no row and nothing that was computed from rows. Each branch keeps its own copy
and answers only by that copy, whatever a server asks for.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from scoring.training.federated import grid


class AgreementError(ValueError):
    """An agreement cannot be used, or a request does not keep to it; the text says why."""


@dataclass(frozen=True)
class Column:
    """A column of every branch's table.

    Numbers have a ``unit``: the smallest difference that counts, 1 for whole numbers. Columns of
    text have ``levels``; any other text counts as missing.
    """

    name: str
    unit: float = 1.0
    levels: tuple[str, ...] = ()

    def cells(self, *, coarse: bool) -> int:
        """Return how many cells the column is counted in; the last one is for missing."""
        return len(self.levels) + 1 if self.levels else grid.size(self.unit, coarse=coarse)


@dataclass(frozen=True)
class Agreement:
    """The terms of one federation.

    ``branches`` maps a branch to its public key (X25519, hexadecimal). With ``secure`` a branch
    sends masked sums only, of all branches together. ``epsilon`` and ``delta`` bound what all
    answers together may tell of one applicant; without ``epsilon`` no noise is added.
    """

    name: str
    target: str
    positive: str
    columns: tuple[Column, ...]
    branches: Mapping[str, str] = field(default_factory=dict)
    secure: bool = False
    epsilon: float | None = None
    delta: float = 1e-5

    @property
    def coarse(self) -> bool:
        """Whether numbers are counted on the coarse grid: noise is added to every cell."""
        return self.epsilon is not None

    @property
    def sizes(self) -> list[int]:
        """The number of cells of each column."""
        return [column.cells(coarse=self.coarse) for column in self.columns]

    @property
    def digest(self) -> str:
        """The sha256 of the agreement; two branches with different terms never add up."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()

    def write(self, path: Path) -> None:
        text = json.dumps(asdict(self), indent=1, ensure_ascii=False)
        path.write_text(text + "\n", encoding="utf-8")


def read(path: Path) -> Agreement:
    """Read an agreement. Raises AgreementError for a file that is none."""
    try:
        return parse(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, json.JSONDecodeError) as error:
        raise AgreementError(f"{path.name} is no agreement: {error}") from error


def parse(content: Mapping[str, Any]) -> Agreement:
    """Build an agreement from its JSON. Raises AgreementError where a part is missing or wrong."""
    try:
        columns = tuple(
            Column(each["name"], float(each["unit"]), tuple(each["levels"]))
            for each in content["columns"]
        )
        agreement = Agreement(**{**content, "columns": columns})
    except (KeyError, TypeError) as error:
        raise AgreementError(f"the agreement is incomplete: {error}") from error
    names = [column.name for column in columns]
    if not columns or len(set(names)) < len(names) or agreement.target in names:
        raise AgreementError("the agreement needs columns of different names beside the target")
    if agreement.epsilon is not None and not 0 < agreement.epsilon < float("inf"):
        raise AgreementError("epsilon is a number above 0")
    if agreement.secure and len(agreement.branches) < 2:
        raise AgreementError("masked sums need at least two branches with keys")
    return agreement

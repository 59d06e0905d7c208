"""A branch: it holds rows, and answers requests for sums by its own copy of the agreement."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from scoring.training.federated import agreement as terms
from scoring.training.federated import budget, rows, secure, sums
from scoring.training.federated.agreement import Agreement, AgreementError
from scoring.training.private_noise import Noise, SystemNoise

AGREEMENT_FILE, KEY_FILE, LEDGER_FILE = "agreement.json", "branch.key", "ledger.json"


@dataclass
class Branch:
    """One branch. ``name`` and ``private`` are needed where sums are masked.

    ``draw`` is the source of noise; :func:`open_branch` knows no other than the system's.
    """

    agreement: Agreement
    parts: Mapping[str, rows.Rows]
    ledger: budget.Ledger
    name: str = ""
    private: bytes = b""
    draw: Noise = field(default_factory=SystemNoise)
    told_size: float | None = None

    def answer(self, request: Mapping[str, Any]) -> npt.NDArray[Any]:
        """Return the sum that was asked for: float64, or masked uint64 where that was agreed.

        Raises AgreementError for a request that the agreement does not allow.
        """
        name, noise = str(request["sum"]), float(request.get("noise", 0.0))
        if request["agreement"] != self.agreement.digest:
            raise AgreementError("the server goes by another agreement")
        if name not in sums.SUMS:
            raise AgreementError(f"there is no sum {name!r}")
        digest = request_digest(request)
        part = sums.PARTS[name]
        size = 1.0 if name == "counts" else self._size(part)
        self.ledger.note(digest.hex(), part, self._cost(request, noise))
        question = sums.Question(
            agreement=self.agreement,
            rows=self.parts[part],
            parameters=request["parameters"],
            noise=noise,
            draw=self.draw,
            size=size,
        )
        values = sums.SUMS[name](question)
        if noise and name == "counts":
            self._remember_size(values)
        if not self.agreement.secure:
            return values
        return secure.masked(
            values,
            name=self.name,
            private=self.private,
            keys=self.agreement.branches,
            request=digest,
        )

    def _cost(self, request: Mapping[str, Any], noise: float) -> float:
        if self.agreement.epsilon is None:
            return 0.0
        if not noise > 0:
            raise AgreementError("the agreement asks for noise in every sum")
        steps = int(request["parameters"].get("steps", 1)) if request["sum"] == "weights" else 1
        if steps < 1:
            raise AgreementError("a training takes at least one step")
        return steps / (2 * noise**2)

    def _size(self, part: str) -> float:
        """Return the count of rows; under a budget only what the counts have told of it."""
        if self.agreement.epsilon is None:
            return float(len(self.parts[part]))
        if part == "train" and self.told_size is None:
            raise AgreementError("a run under a budget asks for the counts first")
        return self.told_size or 1.0

    def _remember_size(self, values: npt.NDArray[np.float64]) -> None:
        first = values.reshape(-1, 2)[: self.agreement.sizes[0]]
        self.told_size = max(1.0, float(first.sum()))


def request_digest(request: Mapping[str, Any]) -> bytes:
    """Return the sha256 of a request: of its run, number, agreement, sum and parameters."""
    return hashlib.sha256(json.dumps(request, sort_keys=True).encode()).digest()


def open_branch(folder: Path) -> Branch:
    """Open the folder of a branch: agreement, key, ledger, ``train.csv`` and ``test.csv``.

    Raises AgreementError where something is missing or does not fit.
    """
    agreement = terms.read(folder / AGREEMENT_FILE)
    name, private = "", b""
    if agreement.secure:
        private = bytes.fromhex((folder / KEY_FILE).read_text(encoding="ascii").strip())
        own = secure.public_key(private)
        names = [each for each, key in agreement.branches.items() if key == own]
        if not names:
            raise AgreementError("this branch's key is not in the agreement")
        name = names[0]
    parts = {part: rows.read(folder / f"{part}.csv", agreement) for part in ("train", "test")}
    ledger = budget.Ledger(folder / LEDGER_FILE, agreement.epsilon, agreement.delta)
    return Branch(agreement, parts, ledger, name=name, private=private)

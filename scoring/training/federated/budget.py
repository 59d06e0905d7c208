"""What a branch has told already: noise by zCDP, and a ledger that survives a restart.

An answer with noise of ``multiplier`` times its sensitivity costs ρ = 1 / (2 · multiplier²); costs
add up, and ρ means ε = ρ + 2·√(ρ · ln(1/δ)) (Bun and Steinke 2016, propositions 1.3 and 1.6).
Neighbours differ by one row. Rows to learn from and rows to measure on are different people, so
each part has the whole budget.
"""

import json
import math
from pathlib import Path

from scoring.training.federated.agreement import AgreementError


def rho_of(epsilon: float, delta: float) -> float:
    """Return the ρ that is worth (ε, δ)."""
    log = math.log(1 / delta)
    return (math.sqrt(log + epsilon) - math.sqrt(log)) ** 2


def epsilon_of(rho: float, delta: float) -> float:
    """Return the ε that ρ is worth at δ."""
    return rho + 2 * math.sqrt(rho * math.log(1 / delta))


def multiplier(rho: float) -> float:
    """Return the noise, in sensitivities, of an answer that may cost ρ."""
    return math.sqrt(1 / (2 * rho))


class Ledger:
    """Kept by the branch, beside its rows; the server has no say in it."""

    def __init__(self, path: Path | None, epsilon: float | None, delta: float) -> None:
        self.path, self.delta = path, delta
        self.rho = None if epsilon is None else rho_of(epsilon, delta)
        self.spent = {"train": 0.0, "test": 0.0}
        self.asked: set[str] = set()
        if path is not None and path.is_file():
            kept = json.loads(path.read_text(encoding="utf-8"))
            self.spent, self.asked = kept["spent"], set(kept["asked"])

    def note(self, request: str, part: str, rho: float) -> None:
        """Write a request down before it is answered.

        Raises AgreementError for one that was answered before (its mask would be used twice), and
        where the budget does not reach.
        """
        if request in self.asked:
            raise AgreementError("this request was answered before")
        # A ten-millionth more covers rounding of a budget that is spent in equal parts.
        if self.rho is not None and self.spent[part] + rho > self.rho * (1 + 1e-7):
            raise AgreementError("the privacy budget is spent")
        self.spent[part] += rho
        self.asked.add(request)
        if self.path is not None:
            text = json.dumps({"spent": self.spent, "asked": sorted(self.asked)})
            scratch = self.path.with_suffix(".new")
            scratch.write_text(text, encoding="utf-8")
            scratch.replace(self.path)

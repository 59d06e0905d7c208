"""What a policy would have done on loans whose outcome is known."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class BackTest:
    """Counts of loans by what the policy suggests and what became of them."""

    approved_good: int
    approved_bad: int
    declined_good: int
    declined_bad: int

    @property
    def loans(self) -> int:
        return self.approved + self.declined

    @property
    def approved(self) -> int:
        return self.approved_good + self.approved_bad

    @property
    def declined(self) -> int:
        return self.declined_good + self.declined_bad

    @property
    def approval_rate(self) -> float | None:
        return self.approved / self.loans if self.loans else None

    @property
    def default_rate(self) -> float | None:
        """The share of bad loans among those that the policy would have approved."""
        return self.approved_bad / self.approved if self.approved else None


def back_test(reaches_cut_off: npt.ArrayLike, is_bad: npt.ArrayLike) -> BackTest:
    """Count loans (n,) by suggestion and outcome. Raises ValueError for unequal lengths."""
    reaches, bad = np.asarray(reaches_cut_off, dtype=bool), np.asarray(is_bad, dtype=bool)
    if reaches.shape != bad.shape:
        raise ValueError("give one outcome per loan")
    return BackTest(
        approved_good=int((reaches & ~bad).sum()),
        approved_bad=int((reaches & bad).sum()),
        declined_good=int((~reaches & ~bad).sum()),
        declined_bad=int((~reaches & bad).sum()),
    )

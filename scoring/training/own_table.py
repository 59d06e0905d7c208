"""`manage.py train_model classifier --data TABLE --target C`: a run on a table of one's own."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

from scoring.training import credit_run
from scoring.training.evaluate_credit import BUDGET_S

logger = logging.getLogger(__name__)


def main(
    data: Path,
    out: Path,
    seed: int,
    *,
    target: str,
    positive: str | None = None,
    drop: str = "",
    protected: str = "",
    group: str | None = None,
    folds: int = 5,
    repeats: int = 1,
    budget_s: float = BUDGET_S,
    reject_inference: bool = False,
    processes: int | None = None,
    allow_synthetic: bool = False,
    class_weight: str = "none",
    trend: str = "one_turn",
) -> dict[str, Any]:
    """Train and compare on the table ``data``; columns are named comma separated.

    Raises TableError for a table or a choice that cannot be used.
    """
    choice = credit_run.TrainingChoice(
        target=target,
        positive=positive,
        drop=_names(drop),
        protected=_names(protected),
        group=group,
        folds=folds,
        repeats=repeats,
        seed=seed,
        budget_s=budget_s,
        reject_inference=reject_inference,
        allow_synthetic=allow_synthetic,
        class_weight=class_weight,
        trend=trend,
    )
    return credit_run.train_credit(data, choice, out, _teller(), processes)


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _teller() -> Callable[[str, int, int], None]:
    """Return what logs a step when it is another than the one before."""
    told: list[tuple[str, int, int]] = []

    def tell(step: str, done: int, total: int) -> None:
        if [(step, done, total)] != told:
            told[:] = [(step, done, total)]
            logger.info("%s (%d of %d)", step, done, total)

    return tell

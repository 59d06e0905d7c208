"""Measure whether reasons are faithful and stay the same when the scorecard is trained anew.

``python -m scoring.training.reason_stability DATA OUT.json``: trains the scorecard on bootstraps of
the train rows, and asks of people whom the cut-off would decline (test rows only) how often the
first reason stays what it was, and whether a typical value in the place of the first reason's own
moves the score more than one in the place of any characteristic that is not named.
"""

import argparse
import json
import logging
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from scoring.engine.reasons import adverse_reasons
from scoring.engine.scorecard import Scale, Scorecard, parse_scorecard
from scoring.engine.types import FinancialFactors, Reason
from scoring.training import give_me_some_credit
from scoring.training.give_me_some_credit import TRAINED_CHARACTERISTICS, CreditTable
from scoring.training.scorecard import content_of, fit

logger = logging.getLogger(__name__)

SEEDS = 10
DENIALS = 1000
# What a start policy has; the figures are about its declined applicants.
SCALE = Scale(base_points=600, base_odds=15.0, points_to_double_odds=50)
CUT_OFF_POINTS = 560
GOAL_STABLE, GOAL_FAITHFUL = 0.80, 0.95

Row = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Denial:
    """A declined test row and the reasons of the scorecard that is measured."""

    factors: FinancialFactors
    score_points: int
    reasons: tuple[Reason, ...]

    @property
    def first(self) -> str:
        return self.reasons[0].characteristic


def measure(table: CreditTable, seeds: int = SEEDS, denials: int = DENIALS) -> dict[str, Any]:
    """Return the figures of stability and faithfulness, shares in 0…1."""
    card = _trained(table, table.is_train)
    declined = _declined(card, table, denials)
    if not declined:
        raise ValueError("no test row lies below the cut-off, so there is nothing to measure")
    kept = [_same_first(card_of, declined) for card_of in _retrained(table, seeds)]
    same = np.array(kept)
    typical = _typical(table)
    moved = np.array([_moves_most(card, each, typical) for each in declined])
    return {
        "denials": len(declined),
        "cut_off_points": CUT_OFF_POINTS,
        "first_reasons": dict(Counter(each.first for each in declined).most_common()),
        "retrainings": seeds,
        "first_reason_stays": round(float(same.mean()), 4),
        "first_reason_stays_by_seed": [round(float(share), 4) for share in same.mean(axis=1)],
        "first_reason_stays_in_all": round(float(same.all(axis=0).mean()), 4),
        "goal_stable": GOAL_STABLE,
        "first_reason_moves_most": round(float(moved.mean()), 4),
        "goal_faithful": GOAL_FAITHFUL,
    }


def _trained(table: CreditTable, rows: np.ndarray[Any, Any]) -> Scorecard:
    return parse_scorecard(content_of(fit(table, rows), table))


def _retrained(table: CreditTable, seeds: int) -> Iterator[Scorecard]:
    """Yield one scorecard per seed, each trained on a bootstrap of the train rows."""
    train = np.flatnonzero(table.is_train)
    for seed in range(seeds):
        drawn = np.random.default_rng(seed).choice(train, train.size)
        sample = CreditTable(
            characteristics=table.characteristics.iloc[drawn].reset_index(drop=True),
            is_bad=table.is_bad[drawn],
            is_train=np.ones(drawn.size, dtype=bool),
            fold=table.fold[drawn],
            has_late_codes=table.has_late_codes[drawn],
        )
        yield _trained(sample, sample.is_train)
        logger.info("trained %d of %d", seed + 1, seeds)


def _declined(card: Scorecard, table: CreditTable, most: int) -> list[Denial]:
    """Return declined test rows without coded faults, in an order drawn once."""
    usable = np.flatnonzero(~table.is_train & ~table.has_late_codes)
    found: list[Denial] = []
    for place in np.random.default_rng(0).permutation(usable):
        factors = factors_of(tuple(map(float, table.characteristics.iloc[place])))
        score = card.score(factors, SCALE)
        reasons = adverse_reasons(score, factors.characteristics())
        if score.score_points < CUT_OFF_POINTS and reasons:
            found.append(Denial(factors, score.score_points, reasons))
        if len(found) == most:
            break
    return found


def factors_of(row: Row) -> FinancialFactors:
    """Return a row of the four trained characteristics as what an application form holds."""
    given = (None if np.isnan(value) else Decimal(str(value)) for value in row)
    utilisation, overdue, debt_ratio, accounts = given
    return FinancialFactors(
        card_utilisation_percent=utilisation,
        overdue_payments=None if overdue is None else int(overdue),
        annual_income=Decimal(1200),
        monthly_debt_payments=debt_ratio,
        open_accounts=None if accounts is None else int(accounts),
    )


def _same_first(card: Scorecard, declined: Sequence[Denial]) -> list[bool]:
    return [_first_of(card, each.factors) == each.first for each in declined]


def _first_of(card: Scorecard, factors: FinancialFactors) -> str | None:
    reasons = adverse_reasons(card.score(factors, SCALE), factors.characteristics())
    return reasons[0].characteristic if reasons else None


def _typical(table: CreditTable) -> Mapping[str, float]:
    medians: pd.Series[float] = table.characteristics[table.is_train].median()
    return {name: float(medians[name]) for name in TRAINED_CHARACTERISTICS}


def _moves_most(card: Scorecard, denial: Denial, typical: Mapping[str, float]) -> bool:
    """Return whether no unnamed characteristic moves the score as far as the first reason."""
    named = {reason.characteristic for reason in denial.reasons}
    values = denial.factors.characteristics()
    moves = {
        name: abs(_log_odds_with(card, values, name, value) - card.log_odds(values))
        for name, value in typical.items()
    }
    return all(moves[denial.first] > move for name, move in moves.items() if name not in named)


def _log_odds_with(
    card: Scorecard, values: Mapping[str, float | None], name: str, value: float
) -> float:
    return card.log_odds({**values, name: value})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="directory that holds the credit data")
    parser.add_argument("out", type=Path, help="JSON file to write")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    measured = measure(give_me_some_credit.read_table(arguments.data))
    arguments.out.write_text(json.dumps(measured, indent=2) + "\n", encoding="utf-8")
    logger.info(json.dumps(measured, indent=2))


if __name__ == "__main__":
    main()

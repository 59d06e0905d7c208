import pytest

pytest.importorskip("optbinning", reason="needs the training requirements")

import numpy as np
import pandas as pd

from scoring.training import reason_stability
from scoring.training.give_me_some_credit import TRAINED_CHARACTERISTICS, CreditTable

pytestmark = pytest.mark.training
ROWS = 3000


def table(weight_of_utilisation: float) -> CreditTable:
    """Cases made by code; the risk follows utilisation as much as the weight says."""
    generator = np.random.default_rng(3)
    utilisation = generator.choice([5.0, 45.0, 100.0], ROWS)
    overdue = generator.integers(0, 3, ROWS).astype(float)
    debt = generator.choice([10.0, 50.0, 80.0], ROWS)
    accounts = generator.choice([0.0, 5.0, 9.0], ROWS)
    log_odds = -5.0 + weight_of_utilisation * utilisation / 100 + 0.2 * overdue + 0.005 * debt
    is_bad = (generator.random(ROWS) < 1 / (1 + np.exp(-log_odds))).astype(np.int64)
    columns = (utilisation, overdue, debt, accounts)
    return CreditTable(
        characteristics=pd.DataFrame(dict(zip(TRAINED_CHARACTERISTICS, columns, strict=True))),
        is_bad=is_bad,
        is_train=np.arange(ROWS) % 4 > 0,
        fold=np.arange(ROWS) % 3,
        has_late_codes=np.zeros(ROWS, dtype=bool),
    )


def test_the_reason_that_risk_rests_on_is_first_and_stays() -> None:
    measured = reason_stability.measure(table(4.0), seeds=2, denials=60)
    assert measured["denials"] == 60 and measured["retrainings"] == 2
    assert next(iter(measured["first_reasons"])) == "card_utilisation_percent"
    assert len(measured["first_reason_stays_by_seed"]) == 2
    assert measured["first_reason_stays"] > 0.8
    assert measured["first_reason_stays_in_all"] <= min(measured["first_reason_stays_by_seed"])
    assert 0.9 < measured["first_reason_moves_most"] <= 1


def test_without_a_denial_nothing_is_claimed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reason_stability, "CUT_OFF_POINTS", 300)
    with pytest.raises(ValueError, match="no test row lies below"):
        reason_stability.measure(table(4.0), seeds=1, denials=5)

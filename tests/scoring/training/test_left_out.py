import pytest

pytest.importorskip("optbinning", reason="needs the training requirements")

import numpy as np
import pandas as pd

from scoring.training import left_out
from scoring.training.give_me_some_credit import TRAINED_CHARACTERISTICS, CreditTable

pytestmark = pytest.mark.training
ROWS = 2000


def test_the_loss_is_what_the_columns_left_out_would_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    """The age tells here as much as all that may be read, so leaving it out must cost."""
    monkeypatch.setattr(left_out, "BOOTSTRAPS", 20)
    generator = np.random.default_rng(4)
    read = {name: generator.choice([0.0, 40.0, 80.0], ROWS) for name in TRAINED_CHARACTERISTICS}
    age = generator.choice([20.0, 40.0, 60.0], ROWS)
    log_odds = -1.0 + 0.02 * read["card_utilisation_percent"] - 0.05 * (age - 20)
    table = CreditTable(
        characteristics=pd.DataFrame(read),
        is_bad=(generator.random(ROWS) < 1 / (1 + np.exp(-log_odds))).astype(np.int64),
        is_train=np.ones(ROWS, dtype=bool),
        fold=np.arange(ROWS) % 2,
        has_late_codes=np.zeros(ROWS, dtype=bool),
    )
    dependants = generator.choice([0.0, 1.0, 3.0], ROWS)
    persons = pd.DataFrame({"age": age, "dependants": dependants})
    found = left_out.measure(table, persons)
    low, high = found["loss_ci"]
    assert 0 < low < found["loss"] < high
    assert found["auc_with"] == pytest.approx(found["auc_without"] + found["loss"], abs=2e-4)

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.engine import metrics

BAD = [1, 0, 1, 0, 0]
RISK = [0.9, 0.8, 0.7, 0.2, 0.1]


def test_values_by_hand() -> None:
    # of the six pairs of bad and good, five are in order
    assert metrics.auc(BAD, RISK) == pytest.approx(5 / 6)
    assert metrics.gini(BAD, RISK) == pytest.approx(2 / 3)
    assert metrics.ks(BAD, RISK) == pytest.approx(2 / 3)
    assert metrics.brier([1, 0], [0.8, 0.4]) == pytest.approx(0.1)
    assert metrics.log_loss([1, 0], [0.5, 0.5]) == pytest.approx(np.log(2))


def test_ties_count_half() -> None:
    assert metrics.auc([1, 0, 1, 0], [0.5, 0.5, 0.5, 0.5]) == 0.5


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 20)), min_size=2, max_size=60))
def test_auc_is_the_share_of_ordered_pairs(cases: list[tuple[bool, int]]) -> None:
    bad = [value for is_bad, value in cases if is_bad]
    good = [value for is_bad, value in cases if not is_bad]
    if not bad or not good:
        with pytest.raises(ValueError, match="both"):
            metrics.auc([c[0] for c in cases], [c[1] for c in cases])
        return
    pairs = [(b > g) + 0.5 * (b == g) for b in bad for g in good]
    expected = sum(pairs) / len(pairs)
    assert metrics.auc([c[0] for c in cases], [c[1] for c in cases]) == pytest.approx(expected)


def test_psi_is_zero_for_equal_shares_and_grows_with_the_shift() -> None:
    assert metrics.psi([0.2, 0.8], [0.2, 0.8]) == 0.0
    assert metrics.psi([0.2, 0.8], [0.4, 0.6]) == pytest.approx(
        0.2 * np.log(2) - 0.2 * np.log(0.75)
    )


def test_bad_rate_among_approved_shares_ties() -> None:
    assert metrics.bad_rate_among_approved(BAD, RISK, 0.4) == 0.0
    assert metrics.bad_rate_among_approved(BAD, RISK, 0.6) == pytest.approx(1 / 3)
    assert metrics.bad_rate_among_approved([1, 0, 0, 0], [0.5] * 4, 0.5) == pytest.approx(0.25)

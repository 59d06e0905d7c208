"""The grid is the same for everybody; bins from its counts are monotone and not small."""

import numpy as np
import pytest

from scoring.training.federated import binning, grid


def test_a_cell_holds_its_lower_edge_and_not_its_upper() -> None:
    inner = grid.edges(1.0)
    assert list(np.diff(grid.cells(inner, 1.0))) == [1] * (len(inner) - 1)
    below = np.nextafter(inner, -np.inf)
    assert (grid.cells(inner, 1.0) - grid.cells(below, 1.0) == 1).all()


def test_whole_numbers_stay_apart_up_to_a_hundred_and_signs_too() -> None:
    values = np.arange(-100.0, 101.0)
    assert len(set(grid.cells(values, 1.0))) == len(values)


@pytest.mark.parametrize("coarse", [True, False])
def test_missing_has_the_last_cell_and_the_largest_number_has_not(coarse: bool) -> None:
    found = grid.cells(np.array([np.nan, 1e300, -1e300]), 1.0, coarse=coarse)
    size = grid.size(1.0, coarse=coarse)
    assert list(found) == [size - 1, size - 2, 0]


def test_a_unit_of_a_hundredth_has_the_edges_that_people_write() -> None:
    assert {0.07, 0.29, 1.1} <= set(grid.edges(0.01))


def test_bins_are_monotone_at_most_eight_and_hold_enough_rows() -> None:
    draw = np.random.default_rng(3)
    rows = draw.integers(1, 40, 300).astype(float)
    rate = np.clip(np.linspace(0.1, 0.6, 300) + draw.normal(0, 0.1, 300), 0, 1)
    bad = np.round(rows * rate)
    counts = np.column_stack([rows - bad, bad])
    cuts = binning.cuts(counts)
    bins = binning.binned(counts, cuts)
    shares = bins.sum(axis=1) / counts.sum()
    assert 2 < len(bins) <= binning.MAX_BINS
    assert (np.diff(bins[:, 1] / bins.sum(axis=1)) > 0).all()
    assert shares.min() >= binning.MIN_BIN_SHARE
    assert bins.sum() == counts.sum()


def test_a_column_with_one_value_has_one_bin() -> None:
    counts = np.zeros((50, 2))
    counts[17] = (30, 10)
    assert binning.cuts(counts) == ()

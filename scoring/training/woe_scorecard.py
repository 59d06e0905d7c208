"""The WOE scorecard of any table: optimal bins, a bin for missing, bins for special codes.

Numbers are cut by optimal binning with a monotone trend, or one turn where the data show it
(Navas-Palencia 2020); levels are joined into groups of like risk. A characteristic enters with an
information value of 0.02 or more, and leaves again where its coefficient would turn its own
weight of evidence around (Siddiqi 2006, chapter 6). The points of all bins are then fitted together
(:mod:`scoring.training.joint_points`).
"""

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from optbinning import OptimalBinning
from scipy.optimize import brentq
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from scoring.engine.woe import information_value, woe
from scoring.training.cross_fitted import probabilities
from scoring.training.joint_points import Limit, Points, refine
from scoring.training.method import PLAIN, Method, class_weights
from scoring.training.tables import CODE_SUFFIX, MISSING, NO_CODE

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
MIN_INFORMATION_VALUE = 0.02
# Bins hold at least so many of the rows: wide ones where rows are few.
MIN_BIN_SHARE = 0.05
MIN_BIN_SHARE_LARGE = 0.01
LARGE_ROWS = 20_000
MAX_BINS, MAX_PREBINS = 10, 20
MAX_BINS_LARGE, MAX_PREBINS_LARGE = 15, 30
# Missing values, codes and rare levels speak only where so many rows carry them.
MIN_SPECIAL_ROWS = 5
SMOOTHING_ROWS = 2.0
WIDEST_LOG_ODDS = 30.0


@dataclass(frozen=True)
class Bins:
    """The bins of one characteristic with counts of good and bad.

    Bins in order: the ranges between ``edges`` (or the groups of ``levels``), then missing, then
    one for each of ``codes``.
    """

    name: str
    edges: tuple[float, ...]
    levels: tuple[tuple[str, ...], ...]
    codes: tuple[str, ...]
    good: FloatArray
    bad: FloatArray
    missing_earns: bool = True

    @property
    def plain_bins(self) -> int:
        return len(self.levels) if self.levels else len(self.edges) + 1

    @property
    def woe(self) -> FloatArray:
        """WOE of each bin; bins with next to no rows are neutral.

        Where ``missing_earns`` is false, leaving a value out may cost points but earns none.
        """
        prior = np.array([self.good.sum(), self.bad.sum()]) / (self.good.sum() + self.bad.sum())
        values = woe(self.good + SMOOTHING_ROWS * prior[0], self.bad + SMOOTHING_ROWS * prior[1])
        values[self.good + self.bad < MIN_SPECIAL_ROWS] = 0.0
        if not self.missing_earns:
            values[self.plain_bins] = min(0.0, values[self.plain_bins])
        return values

    @property
    def ordered(self) -> int:
        """How many first bins have an order: ranges have, groups of levels have none."""
        return 0 if self.levels else self.plain_bins

    @property
    def limits(self) -> list[Limit]:
        """What the points of each bin without an order may be."""
        sizes = self.good + self.bad
        found: list[Limit] = [
            (0.0, 0.0) if size < MIN_SPECIAL_ROWS else (None, None) for size in sizes
        ]
        if not self.missing_earns and found[self.plain_bins] == (None, None):
            found[self.plain_bins] = (None, 0.0)
        return found[self.ordered :]

    @property
    def information_value(self) -> float:
        return information_value(self.good, self.bad)

    def index(self, rows: pd.DataFrame) -> IntArray:
        """Return the bin of each row."""
        return _index(rows, self.name, self.edges, self.levels, self.codes)


def _index(
    rows: pd.DataFrame,
    name: str,
    edges: tuple[float, ...],
    levels: tuple[tuple[str, ...], ...],
    codes: tuple[str, ...],
) -> IntArray:
    if levels:
        places = {level: group for group, names in enumerate(levels) for level in names}
        missing = len(levels)
        places.setdefault(MISSING, missing)
        return rows[name].map(places).fillna(missing).to_numpy(np.int64)
    values = rows[name].to_numpy(float)
    missing = len(edges) + 1
    index = np.where(np.isnan(values), missing, np.searchsorted(edges, values, side="right"))
    for number, code in enumerate(codes, start=1):
        index[(rows[f"{name}{CODE_SUFFIX}"] == code).to_numpy()] = missing + number
    return index.astype(np.int64)


def fit_bins(rows: pd.DataFrame, name: str, is_event: IntArray, *, monotone: bool = False) -> Bins:
    """Cut one column by what is known of its rows; ``monotone`` forbids a turn of the trend."""
    if rows[name].dtype.kind != "f":
        levels = _level_groups(rows[name], is_event)
        return _counted(rows, name, (), levels, (), is_event=is_event)
    companion = f"{name}{CODE_SUFFIX}"
    codes = tuple(sorted(set(rows[companion]) - {NO_CODE})) if companion in rows else ()
    values = rows[name].to_numpy(float)
    known = ~np.isnan(values)
    edges: tuple[float, ...] = ()
    if 0 < is_event[known].sum() < known.sum():
        edges = _edges(name, values[known], is_event[known], monotone=monotone)
    return _counted(rows, name, edges, (), codes, is_event=is_event)


def _edges(
    name: str, values: FloatArray, is_event: IntArray, *, monotone: bool
) -> tuple[float, ...]:
    if len(np.unique(values)) < 2:
        return ()
    is_large = len(values) >= LARGE_ROWS
    share = MIN_BIN_SHARE_LARGE if is_large else MIN_BIN_SHARE
    binning = OptimalBinning(
        name=name,
        monotonic_trend="auto_asc_desc" if monotone else "auto_heuristic",
        max_n_bins=MAX_BINS_LARGE if is_large else MAX_BINS,
        max_n_prebins=MAX_PREBINS_LARGE if is_large else MAX_PREBINS,
        min_prebin_size=share,
        min_bin_size=share,
        time_limit=20,
    )
    binning.fit(values, is_event)
    return tuple(float(edge) for edge in binning.splits)


def _level_groups(levels: "pd.Series", is_event: IntArray) -> tuple[tuple[str, ...], ...]:
    binning = OptimalBinning(
        dtype="categorical",
        cat_cutoff=0.01,
        max_n_bins=MAX_BINS,
        min_prebin_size=0.01,
        time_limit=20,
    )
    known = (levels != MISSING).to_numpy()
    if len(set(levels[known])) < 2 or not 0 < is_event[known].sum() < known.sum():
        return (tuple(sorted(set(levels[known]))),)
    binning.fit(levels[known].to_numpy(object), is_event[known])
    return tuple(tuple(map(str, group)) for group in binning.splits)


def _counted(
    rows: pd.DataFrame,
    name: str,
    edges: tuple[float, ...],
    levels: tuple[tuple[str, ...], ...],
    codes: tuple[str, ...],
    *,
    is_event: IntArray,
) -> Bins:
    size = (len(levels) if levels else len(edges) + 1) + 1 + len(codes)
    index = _index(rows, name, edges, levels, codes)
    bad = np.bincount(index, weights=is_event, minlength=size)
    count = np.bincount(index, minlength=size)
    return Bins(name, edges, levels, codes, count - bad, bad)


class WoePart:
    """One event against everything else; ``intercept_`` and ``coefficients_`` are of *good*.

    ``points_`` are those that all bins got together; without them each is its WOE times the
    coefficient.
    """

    points_: list[FloatArray] | None = None

    def __init__(self, *, missing_earns: bool = True, method: Method = PLAIN) -> None:
        self.missing_earns = missing_earns
        self.method = method

    def fit(self, rows: pd.DataFrame, is_event: IntArray) -> Self:
        names = [name for name in rows if not name.endswith(CODE_SUFFIX)]
        found = [
            replace(
                fit_bins(rows, name, is_event, monotone=self.method.monotone),
                missing_earns=self.missing_earns,
            )
            for name in names
        ]
        self.bins_ = [each for each in found if each.information_value >= MIN_INFORMATION_VALUE]
        self.rows_, self.event_rate_ = len(rows), float(is_event.mean())
        self.coefficients_: FloatArray = np.zeros(0)
        self.intercept_ = float(np.log((1 - self.event_rate_) / self.event_rate_))
        while self.bins_:
            weights = "balanced" if self.method.balanced else None
            regression = LogisticRegression(C=1.0, max_iter=2000, class_weight=weights)
            regression.fit(self._woe(rows), 1 - is_event)
            self.coefficients_ = regression.coef_[0]
            self.intercept_ = float(regression.intercept_[0])
            if self.coefficients_.min() >= 0:
                break
            del self.bins_[int(self.coefficients_.argmin())]
        if self.bins_:
            self._refine(rows, is_event)
            if self.method.balanced:
                self._set_intercept(rows)
        return self

    def _refine(self, rows: pd.DataFrame, is_event: IntArray) -> None:
        """Fit the points of all bins together, from those that the coefficients give."""
        parts = [
            Points(points, bins.index(rows), bins.ordered, bins.limits)
            for points, bins in zip(self.points, self.bins_, strict=True)
        ]
        weights = class_weights(is_event, 2)[is_event] if self.method.balanced else None
        self.points_, self.intercept_ = refine(parts, 1 - is_event, self.intercept_, weights)

    @property
    def points(self) -> list[FloatArray]:
        """What each bin of each characteristic adds to the log-odds of *good*."""
        if self.points_ is not None:
            return self.points_
        pairs = zip(self.coefficients_, self.bins_, strict=True)
        return [coefficient * bins.woe for coefficient, bins in pairs]

    def _set_intercept(self, rows: pd.DataFrame) -> None:
        """Make the mean probability the event rate again, after classes that weighed the same."""
        points = self._added(rows)
        self.intercept_ = float(
            brentq(
                lambda start: float(np.mean(expit(-(start + points)))) - self.event_rate_,
                -WIDEST_LOG_ODDS - points.max(),
                WIDEST_LOG_ODDS - points.min(),
            )
        )

    def log_odds_event(self, rows: pd.DataFrame) -> FloatArray:
        """Return ln(odds event:other), shape (n,)."""
        if not self.bins_:
            return np.full(len(rows), -self.intercept_)
        return -(self.intercept_ + self._added(rows))

    def _added(self, rows: pd.DataFrame) -> FloatArray:
        pairs = zip(self.points, self.bins_, strict=True)
        return np.sum([points[bins.index(rows)] for points, bins in pairs], axis=0)

    def _woe(self, rows: pd.DataFrame) -> FloatArray:
        return np.column_stack([each.woe[each.index(rows)] for each in self.bins_])


class WoeScorecard:
    """A scorecard; more than two classes become one each, against the rest.

    With ``missing_earns`` false it serves people who choose what to tell.
    """

    def __init__(self, *, missing_earns: bool = True, method: Method = PLAIN) -> None:
        self.missing_earns = missing_earns
        self.method = method

    def fit(self, rows: pd.DataFrame, target: IntArray, groups: object = None) -> Self:
        classes = int(target.max()) + 1
        events = [1] if classes == 2 else range(classes)
        self.parts_ = [
            WoePart(missing_earns=self.missing_earns, method=self.method).fit(
                rows, (target == each).astype(np.int64)
            )
            for each in events
        ]
        return self

    def scores(self, rows: pd.DataFrame) -> FloatArray:
        """Return log-odds (n,); with more classes the log of each part's probability."""
        if len(self.parts_) == 1:
            return self.parts_[0].log_odds_event(rows)
        parts = [-np.logaddexp(0, -part.log_odds_event(rows)) for part in self.parts_]
        return np.column_stack(parts)

    def predict_proba(self, rows: pd.DataFrame) -> FloatArray:
        return probabilities(self.scores(rows))


def as_characteristic(
    bins: Bins, points: FloatArray, renamed: str, source: dict[str, Any]
) -> dict[str, Any]:
    """Return one characteristic of the scorecard's artifact; levels and codes have bins by text."""
    cells = _cells(bins, points)
    bounds = [None, *bins.edges, None]
    missing = {"lower": None, "upper": None, **cells[bins.plain_bins]}
    ranges = [
        {"lower": bounds[number], "upper": bounds[number + 1], **cells[number]}
        for number in range(len(bins.edges) + 1)
    ]
    by_text = {
        code: {"lower": None, "upper": None, **cells[bins.plain_bins + 1 + number]}
        for number, code in enumerate(bins.codes)
    }
    for number, group in enumerate(bins.levels):
        # The share of a joined group stands once, so that shares still sum to 1.
        for place, level in enumerate(group):
            share = cells[number]["share"] if place == 0 else 0.0
            by_text[level] = {"lower": None, "upper": None, **cells[number], "share": share}
    if bins.levels:
        ranges = [{**missing, "share": 0.0}]
    return {
        "name": renamed,
        "unit": "",
        "source": source,
        "bins": ranges,
        "missing": missing,
        "texts": by_text,
    }


def _cells(bins: Bins, points: FloatArray) -> list[dict[str, Any]]:
    count, values = bins.good + bins.bad, bins.woe
    rates = bins.bad / np.maximum(count, 1)
    return [
        {
            "log_odds": round(float(points[number]), 6),
            "share": round(float(count[number] / count.sum()), 6),
            "woe": round(float(values[number]), 6),
            "bad_rate": round(float(rates[number]), 6) if count[number] else None,
        }
        for number in range(len(count))
    ]

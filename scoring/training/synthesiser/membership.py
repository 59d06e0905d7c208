"""Attacks that ask whether a person was among the rows that a generator learnt from.

The measure of privacy is how well an attack tells members from others (AUC .5: not at all). The
distance to the closest record (DCR) is shown and proves nothing: a table may pass it and leak
(Yao et al. 2025, "The DCR Delusion"). The attack with shadow generators is the likelihood-ratio
attack of Carlini et al. 2022 on the distance of a record to what a generator draws.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import norm

from scoring.engine import metrics
from scoring.training.columns import parse_numbers

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
NEAREST = 5
BLOCK_ROWS = 500
SHOWN_FALSE_ALARMS = 0.01


class Distances:
    """Distances between rows of a mixed table: a number by its spread, a level 1 where it differs.

    Learns the spread of each number on ``real`` (n rows); every column counts at most 1.
    """

    def __init__(self, real: pd.DataFrame, numeric: Sequence[str]) -> None:
        self.numeric = [name for name in real if name in numeric]
        self.texts = [name for name in real if name not in numeric]
        numbers = self._numbers(real)
        low, high = np.nanquantile(numbers, [0.05, 0.95], axis=0) if self.numeric else ([], [])
        self.spread = np.maximum(np.asarray(high) - np.asarray(low), 1e-9)
        self.codes = {
            name: {level: code for code, level in enumerate(real[name].fillna("").unique())}
            for name in self.texts
        }

    def nearest(self, rows: pd.DataFrame, drawn: pd.DataFrame, count: int) -> FloatArray:
        """Return (n, count) rising distances of each row to its nearest drawn rows."""
        count = min(count, len(drawn))
        found = []
        ours, theirs = self._parts(rows), self._parts(drawn)
        for start in range(0, len(rows), BLOCK_ROWS):
            part = slice(start, start + BLOCK_ROWS)
            total = np.zeros((len(ours[0][part]), len(drawn)), dtype=np.float32)
            for column in range(len(self.numeric)):
                gap = np.abs(ours[0][part, column, None] - theirs[0][None, :, column])
                total += np.minimum(np.nan_to_num(gap, nan=1.0), 1.0)
            for column in range(len(self.texts)):
                total += ours[1][part, column, None] != theirs[1][None, :, column]
            found.append(np.sort(np.partition(total, count - 1, axis=1)[:, :count], axis=1))
        return np.concatenate(found).astype(np.float64)

    def _parts(self, rows: pd.DataFrame) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int32]]:
        numbers = (self._numbers(rows) / self.spread).astype(np.float32)
        codes = [
            rows[name].fillna("").map(self.codes[name]).fillna(-1).to_numpy(np.int32)
            for name in self.texts
        ]
        empty = np.zeros((len(rows), 0), np.int32)
        return numbers, np.column_stack(codes) if codes else empty

    def _numbers(self, rows: pd.DataFrame) -> FloatArray:
        columns = [parse_numbers(rows[name].replace("", np.nan))[0] for name in self.numeric]
        return np.column_stack(columns) if columns else np.zeros((len(rows), 0))


def distance_attack(
    distances: Distances, members: pd.DataFrame, others: pd.DataFrame, drawn: pd.DataFrame
) -> dict[str, Any]:
    """Return what the distance to drawn rows tells: AUC, copies, and the DCR that is only shown.

    The attack calls the nearer record the member. ``copies`` counts drawn rows that are a real
    member in every column; ``nearer_to_members`` is the share of drawn rows whose nearest record is
    a member, among equally many members and others.
    """
    near = distances.nearest(pd.concat([members, others], ignore_index=True), drawn, 1)[:, 0]
    is_member = np.arange(len(near)) < len(members)
    even = members.sample(min(len(members), len(others)), random_state=0)
    to_members = distances.nearest(drawn, even, 1)[:, 0]
    to_others = distances.nearest(drawn, others, 1)[:, 0]
    return {
        "distance_mia_auc": round(metrics.auc(is_member, -near), 4),
        "exact_copies": copies(members, drawn),
        "nearer_to_members": round(
            float(np.mean(to_members < to_others) + np.mean(to_members == to_others) / 2), 4
        ),
        "dcr_median_members": round(float(np.median(near[is_member])), 4),
        "dcr_median_others": round(float(np.median(near[~is_member])), 4),
    }


def copies(members: pd.DataFrame, drawn: pd.DataFrame) -> int:
    """Return how many drawn rows equal a member in every column."""
    names = list(members)
    known = set(map(tuple, members[names].fillna("").astype(str).to_numpy().tolist()))
    rows = map(tuple, drawn[names].fillna("").astype(str).to_numpy().tolist())
    return sum(row in known for row in rows)


def critic_attack(values_of_members: FloatArray, values_of_others: FloatArray) -> float:
    """Return the AUC with which the critic itself, were it kept, would tell members."""
    is_member = np.arange(len(values_of_members) + len(values_of_others)) < len(values_of_members)
    values = np.concatenate([values_of_members, values_of_others])
    return round(metrics.auc(is_member, values), 4)


def shadow_attack(statistics: FloatArray, members: BoolArray) -> dict[str, Any]:
    """Attack each generator with all others as shadows.

    ``statistics`` (shadows, records) is the mean distance of a record to the nearest rows that a
    shadow draws, ``members`` (shadows, records) whether it learnt from the record. For each record
    the shadows with and without it give two normal distributions, of one pooled spread; their
    likelihood ratio is the attack. Returns mean and spread of the AUC over the generators, and the
    share of members found at 1 % false alarms. Raises ValueError for fewer than 8 shadows.
    """
    if len(statistics) < 8:
        raise ValueError("the shadow attack needs at least 8 shadows")
    aucs, found = [], []
    for target in range(len(statistics)):
        rest = np.arange(len(statistics)) != target
        ratio = _likelihood_ratio(statistics[target], statistics[rest], members[rest])
        aucs.append(metrics.auc(members[target], ratio))
        limit = np.quantile(ratio[~members[target]], 1 - SHOWN_FALSE_ALARMS)
        found.append(float(np.mean(ratio[members[target]] > limit)))
    return {
        "shadows": len(statistics),
        "auc": round(float(np.mean(aucs)), 4),
        "auc_sd": round(float(np.std(aucs)), 4),
        "auc_worst": round(float(np.max(aucs)), 4),
        "found_at_1_percent_false_alarms": round(float(np.mean(found)), 4),
    }


def _likelihood_ratio(value: FloatArray, shadows: FloatArray, members: BoolArray) -> FloatArray:
    # A shadow that drew everything a little nearer says nothing of any one record.
    centred = shadows - shadows.mean(axis=1, keepdims=True)
    value = value - value.mean()
    inside = np.where(members, centred, np.nan)
    outside = np.where(members, np.nan, centred)
    means = [np.nanmean(part, axis=0) for part in (inside, outside)]
    spread = np.sqrt(
        (np.nanmean(np.nanvar(inside, axis=0)) + np.nanmean(np.nanvar(outside, axis=0))) / 2
    )
    logs = [norm.logpdf(value, np.nan_to_num(mean), max(spread, 1e-9)) for mean in means]
    ratio: FloatArray = logs[0] - logs[1]
    return ratio

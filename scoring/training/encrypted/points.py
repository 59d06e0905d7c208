"""A points scorecard that adds up under encryption: one input a bin, its points as the weight.

Weight of evidence by bin, logistic regression on it, points by the usual scale (Siddiqi 2006).
"""

import math
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from scoring.engine.scorecard import Scale
from scoring.privacy.homomorphic.encoder import Encoder, Input
from scoring.privacy.homomorphic.estimator import Estimator, Layer
from scoring.training.encrypted.german_rows import AMOUNT, GermanRows, encoded

SCALE = Scale(base_points=600, base_odds=15.0, points_to_double_odds=50)
EDGES = {
    "duration": (12.0, 18.0, 24.0, 36.0),
    AMOUNT: (1300.0, 2000.0, 2800.0, 4700.0),
    "installmentrate": (2.0, 3.0, 4.0),
    "residencesince": (2.0, 3.0, 4.0),
    "existingcredits": (2.0,),
    "peopleliable": (2.0,),
}
MIN_INFORMATION_VALUE = 0.02
SMOOTHING_ROWS = 2.0
FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


def _bins(table: GermanRows, name: str) -> list[Input]:
    if name not in EDGES:
        return [Input(name, code=code) for code in table.codes(name)]
    limits = (None, *EDGES[name], None)
    return [Input(name, is_bin=True, low=low, high=high) for low, high in pairwise(limits)]


def _evidence(hits: FloatArray, is_bad: BoolArray) -> tuple[FloatArray, float]:
    """Return the weight of evidence for bad of each bin, and the information value."""
    share = is_bad.mean()
    bad = hits[is_bad].sum(axis=0) + SMOOTHING_ROWS * share
    good = hits[~is_bad].sum(axis=0) + SMOOTHING_ROWS * (1 - share)
    bad_share, good_share = bad / bad.sum(), good / good.sum()
    woe = np.log(bad_share / good_share)
    return woe, float(((bad_share - good_share) * woe).sum())


def fit_points(table: GermanRows, used: BoolArray) -> Estimator:
    """Return the scorecard of the ``used`` rows as an estimator of one layer."""
    kept: list[tuple[list[Input], FloatArray]] = []
    columns = []
    for name in table.rows[0]:
        bins = _bins(table, name)
        hits = encoded(Encoder(bins), table)[used]
        woe, information = _evidence(hits, table.is_bad[used])
        if information >= MIN_INFORMATION_VALUE:
            kept.append((bins, woe))
            columns.append(hits @ woe)
    fitted = LogisticRegression(C=1.0, max_iter=1000).fit(np.stack(columns, 1), table.is_bad[used])
    factor = SCALE.points_to_double_odds / math.log(2)
    offset = SCALE.base_points - factor * math.log(SCALE.base_odds)
    points = [
        np.rint(-factor * weight * woe)
        for (_, woe), weight in zip(kept, fitted.coef_[0], strict=True)
    ]
    base = np.rint(offset - factor * fitted.intercept_)
    return Estimator(
        name="encrypted_scorecard",
        title="Points scorecard",
        parameters="linear-4096",
        encoder=Encoder([each for bins, _ in kept for each in bins]),
        layers=(Layer(np.concatenate(points)[None, :], base),),
        threshold=0.5,
        gives_points=True,
        points_offset=offset / factor,
        points_factor=-1 / factor,
    )

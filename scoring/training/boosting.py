"""Gradient boosting (LightGBM, Ke et al. 2017): slow learning, early stopping, a searched shape."""

from typing import Any, Self

import lightgbm
import numpy as np

from scoring.training.blend import mean_log_loss
from scoring.training.cross_fitted import CrossFitted, FloatArray, InnerFold, IntArray, Matrix
from scoring.training.method import prior_corrected

MAX_TREES = 3000
PATIENCE = 60
SMALL_ROWS = 5000
SEARCH_ROWS = 20_000
# Found to do well on tables of either size; the search starts from them.
SMALL_SHAPE: dict[str, Any] = {
    "num_leaves": 6,
    "min_child_samples": 15,
    "colsample_bytree": 0.4,
    "subsample": 0.7,
    "reg_lambda": 10.0,
}
LARGE_SHAPE: dict[str, Any] = {
    "num_leaves": 12,
    "min_child_samples": 100,
    "colsample_bytree": 0.5,
    "subsample": 0.7,
    "reg_lambda": 10.0,
}


class BoostingMember:
    """One run of boosting, stopped where the rows held back gain no more."""

    def __init__(self, shape: dict[str, Any], learning_rate: float) -> None:
        self.shape = shape
        self.learning_rate = learning_rate

    def fit(self, fold: InnerFold) -> Self:
        self.classes_ = fold.classes
        self.classifier_ = lightgbm.LGBMClassifier(
            n_estimators=MAX_TREES,
            learning_rate=self.learning_rate,
            subsample_freq=1,
            n_jobs=1,
            random_state=fold.seed,
            deterministic=True,
            force_row_wise=True,
            verbose=-1,
            **self.shape,
        )
        self.classifier_.fit(
            fold.inputs,
            fold.target,
            sample_weight=fold.weights,
            eval_set=[(fold.held_inputs, fold.held_target)],
            eval_sample_weight=None if fold.held_weights is None else [fold.held_weights],
            callbacks=[lightgbm.early_stopping(PATIENCE, verbose=False)],
        )
        return self

    def scores(self, inputs: Matrix) -> FloatArray:
        return np.asarray(self.classifier_.predict(inputs, raw_score=True), dtype=np.float64)


class Boosting(CrossFitted):
    """LightGBM members; a search of the trees' shape tries so many beside the usual one."""

    def __init__(
        self, seed: int = 0, members: int = 5, trials: int = 0, *, balanced: bool = False
    ) -> None:
        super().__init__(seed, members, balanced=balanced)
        self.trials = trials

    def prepare(self, inputs: Matrix, target: IntArray) -> None:
        is_small = len(target) < SMALL_ROWS
        self.learning_rate_ = 0.03 if is_small else 0.04
        self.shape_ = dict(SMALL_SHAPE if is_small else LARGE_SHAPE)
        if self.trials > 0:
            self._search(inputs, target)

    def member(self) -> BoostingMember:
        return BoostingMember(self.shape_, self.learning_rate_)

    def _search(self, inputs: Matrix, target: IntArray) -> None:
        """Search by the inner folds' log loss (tree-structured Parzen estimator, Optuna)."""
        import optuna

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        generator = np.random.default_rng(self.seed)
        sample = generator.permutation(len(target))[:SEARCH_ROWS]
        study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=self.seed))
        study.enqueue_trial(self.shape_)
        # So many trials and not so many seconds: the same seed gives the same trees anywhere.
        study.optimize(
            lambda trial: self._loss(_suggest(trial), inputs, target, sample),
            n_trials=1 + self.trials,
        )
        self.shape_ = dict(study.best_params)

    def _loss(
        self, shape: dict[str, Any], inputs: Matrix, target: IntArray, sample: IntArray
    ) -> float:
        is_sampled = np.zeros(len(target), dtype=bool)
        is_sampled[sample] = True
        losses = []
        # Large tables are judged on one inner fold, small ones on all: their folds differ more.
        for every, left in self.folds_[: None if len(target) < SMALL_ROWS else 1]:
            train, held = every[is_sampled[every]], left[is_sampled[left]]
            member = BoostingMember(shape, 2 * self.learning_rate_)
            fold = self.inner_fold(inputs, target, train, held, self.seed)
            scores = prior_corrected(member.fit(fold).scores(inputs[held]), self.class_weights_)
            losses.append(mean_log_loss(scores, target[held]))
        return float(np.mean(losses))


def _suggest(trial: Any) -> dict[str, Any]:
    return {
        "num_leaves": trial.suggest_int("num_leaves", 3, 31, log=True),
        "min_child_samples": trial.suggest_int("min_child_samples", 5, 300, log=True),
        "colsample_bytree": trial.suggest_float("colsample_bytree", 0.15, 0.9),
        "subsample": trial.suggest_float("subsample", 0.5, 0.95),
        "reg_lambda": trial.suggest_float("reg_lambda", 0.1, 100.0, log=True),
    }

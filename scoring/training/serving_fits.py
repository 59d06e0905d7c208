"""The fits on all rows: what serves is written, and held against the fitted estimator."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scoring.training import exports
from scoring.training.effort import Effort
from scoring.training.estimators import makers
from scoring.training.fit_pool import Pool
from scoring.training.fold_fits import sampled_rows
from scoring.training.method import PLAIN, Method
from scoring.training.refused_rows import with_refused
from scoring.training.tables import CreditRows
from scoring.training.time_plan import Budget, Pace, plan
from scoring.training.woe_scorecard import WoeScorecard

logger = logging.getLogger(__name__)
POLL_S = 1.0


@dataclass
class Written:
    """Each file's largest difference from its estimator, and what each fit spent.

    An estimator whose time was up has no difference, and None for what it spent.
    """

    parity: dict[str, float] = field(default_factory=dict)
    efforts: dict[str, Effort | None] = field(default_factory=dict)


def write_all(
    names: Sequence[str],
    origin: exports.Origin,
    out: Path,
    *,
    rows: int,
    seed: int,
    budget: Budget,
    pace: Pace,
    pool: Pool,
    progress: Callable[[str, int, int], None],
    method: Method = PLAIN,
) -> Written:
    """Fit and write every name; when the time is up, those that have not ended are left out.

    The first one is always written. Raises ParityError for a file that differs.
    """
    written = Written(efforts=dict.fromkeys(names))
    waiting, running, step = list(names), {}, names[0]
    while waiting or running:
        left_s = budget.left_s - budget.closing_s(rows)
        if left_s <= 0 and written.parity:
            for name in running:
                pool.stop(name)
            break
        for each in plan(left_s, pool.processes, pace.remaining({}, {}, waiting)):
            pace.level[each.name] = each.level
        while waiting and pool.has_room and (left_s > 0 or not running):
            # The first is the one that decides by default; then those that take long.
            step = waiting[0]
            if len(waiting) < len(names):
                step = max(waiting, key=pace.unit_s)
            waiting.remove(step)
            running[step] = pace.steps[step][pace.level[step]]
            progress(f"fit {step}", len(written.parity), len(names))
            pool.start(
                step,
                fit_and_write,
                name=step,
                effort=running[step],
                seed=seed,
                origin=origin,
                out=out,
                method=method,
            )
        progress(f"fit {step}", len(written.parity), len(names))
        for key, difference in pool.wait(POLL_S):
            name = str(key)
            written.parity[name] = round(float(difference), 8)
            written.efforts[name] = running.pop(name)
    return written


def fit_and_write(
    rows: CreditRows,
    *,
    name: str,
    effort: Effort,
    seed: int,
    origin: exports.Origin,
    out: Path,
    method: Method = PLAIN,
) -> float:
    """Fit one estimator on all rows and write its file; return its largest difference."""
    logger.info("fitting %s on all rows", name)
    features, target, groups = sampled_rows(rows, effort, seed)
    if rows.rejected is not None:
        features, target = with_refused(features, target, rows.rejected, seed=seed)
    make: Mapping[str, Callable[[], Any]] = makers(seed, {name: effort}, method)
    if name == "scorecard" and origin.names:
        estimator: Any = WoeScorecard(missing_earns=False, method=method)
    else:
        estimator = make[name]()
    estimator.fit(features, target, groups)
    return exports.write(name, estimator, rows, origin, out)

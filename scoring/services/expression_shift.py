"""Whether networks see the expressions in the shares in which they used to, by network version.

A shift may lie in the people, in the cameras or in a network: it asks for a look, and moves no
score. Shares are compared by the stability index, as a score's are.
"""

from datetime import date
from typing import Any

import numpy as np

from scoring import expression_shares
from scoring.engine import drift
from scoring.engine.metrics import psi
from scoring.engine.types import EMOTIONS
from scoring.expression_shares import Network
from scoring.models import MonitoringSettings


def shifts(month: date, limits: MonitoringSettings) -> list[dict[str, Any]]:
    """Return each network of a month with its shares of the expressions, and those of before.

    The reference is the chosen month, else the first in which the same network saw enough
    recordings; without one the shares stand alone.
    """
    found = expression_shares.shares_of(month)
    named = sorted(found.items(), key=lambda each: (each[0].modality, each[0].version))
    return [_shift(network, means, month, limits) for network, means in named]


def _shift(
    network: Network, means: np.ndarray, month: date, limits: MonitoringSettings
) -> dict[str, Any]:
    then, before = _reference(network, month, limits)
    now = means.mean(axis=0)
    is_enough = before is not None and min(len(means), len(before)) >= limits.min_cell_rows
    old = before.mean(axis=0) if before is not None and is_enough else None
    index = psi(old, now) if old is not None else float("nan")
    return {
        "modality": network.modality,
        "network": network.name,
        "version": network.version,
        "recordings": len(means),
        "reference": then.isoformat() if then and is_enough else None,
        "index": index,
        "level": drift.level_above(index, limits.psi_warn, limits.psi_alarm),
        "shares": [
            {
                "label": name,
                "actual": float(now[n]),
                "expected": None if old is None else float(old[n]),
            }
            for n, name in enumerate(EMOTIONS)
        ],
    }


def _reference(
    network: Network, month: date, limits: MonitoringSettings
) -> tuple[date | None, np.ndarray | None]:
    then = limits.reference_month and limits.reference_month.replace(day=1)
    then = then or expression_shares.first_month(network, month, limits.min_cell_rows)
    if then is None or then >= month:
        return None, None
    return then, expression_shares.shares_of(then).get(network)

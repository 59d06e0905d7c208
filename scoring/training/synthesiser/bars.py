"""The bars that synthetic rows must pass, and what a report says of rows that miss them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Bar:
    """A limit for one figure; ``at_least`` says on which side of it a figure must lie.

    ``kind`` is what a miss means: ``utility``, ``likeness`` or ``privacy``.
    """

    figure: str
    kind: str
    limit: float
    at_least: bool = False


# tstr_gap is TSTR − TRTR.
BARS = (
    Bar("tstr_gap", "utility", -0.03, at_least=True),
    Bar("tvd", "likeness", 0.08),
    Bar("association_difference", "likeness", 0.10),
    Bar("exact_copies", "privacy", 0),
    Bar("distance_mia_auc", "privacy", 0.55),
)


def judged(figures: Mapping[str, float]) -> list[dict[str, Any]]:
    """Return each bar with the figure and whether it is met."""
    return [
        {
            "figure": bar.figure,
            "kind": bar.kind,
            "value": figures[bar.figure],
            "limit": bar.limit,
            "at_least": bar.at_least,
            "met": figures[bar.figure] >= bar.limit
            if bar.at_least
            else figures[bar.figure] <= bar.limit,
        }
        for bar in BARS
    ]


def flags(figures: Mapping[str, float]) -> list[str]:
    """Return what is wrong with rows, as kinds in the order of the bars, each once."""
    return list(dict.fromkeys(bar["kind"] for bar in judged(figures) if not bar["met"]))

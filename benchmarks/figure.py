"""One measured figure beside its peer, and how to take a steady time."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """``ratio`` is value / peer_value; ``note`` says what a good ratio is."""

    name: str
    value: float
    unit: str
    peer: str
    peer_value: float
    note: str

    def as_dict(self) -> dict[str, object]:
        return {
            "name": self.name,
            "value": round(self.value, 6),
            "unit": self.unit,
            "peer": self.peer,
            "peer_value": round(self.peer_value, 6),
            "ratio": round(self.value / self.peer_value, 4),
            "note": self.note,
        }


def median_s(action: Callable[[], object], *, repeats: int = 5) -> float:
    """Return the median wall time of an action in seconds, after one warm-up."""
    action()
    times_s = []
    for _ in range(repeats):
        start = time.perf_counter()
        action()
        times_s.append(time.perf_counter() - start)
    return statistics.median(times_s)

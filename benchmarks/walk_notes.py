"""What a page notes of itself during a live walk, and the lags that follow from it.

Times are those of the page's clock, in seconds since its recording began.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Times = npt.NDArray[np.float64]

# Steps that lie farther apart belong to two walks.
PAUSE_S = 2.5
# A box is there before the first step that counts.
EARLIER_S = 2.0
# The page sees the mark of a step a picture late, and the live pass looks at one picture in three:
# a step is told where the newest one that is counted lies no more than this before it. Steps follow
# one another by half a second.
NEAR_S = 0.2

# Runs before the page's own modules. What a state says was shown once the picture after is drawn.
NOTING = """
(() => {
  const noted = { startedAtMs: null, recordedS: 0, shed: 0 };
  window.noted = Object.assign(noted, { steps: [], told: [], clicks: [], boxes: [] });
  const on = (name, act) => document.addEventListener(name, ({ detail }) => act(detail ?? {}));
  on("live:recording", ({ startedAtMs }) => (noted.startedAtMs ??= startedAtMs));
  on("live:time", ({ tS }) => (noted.recordedS = tS));
  on("live:state", ({ progress }) => requestAnimationFrame(() => {
    const { measures, bodies, shed_frames } = progress;
    const nowMs = performance.now();
    noted.shed = shed_frames;
    noted.told.push([nowMs, measures.steps ?? 0, measures.last_step_s ?? -1]);
    if (bodies.length > 0) noted.boxes.push(nowMs);
  }));
  const point = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  let wasWhite = true;
  setInterval(() => {
    const video = document.getElementById("live-preview");
    if (!video?.videoWidth || noted.startedAtMs === null) return;
    point.drawImage(video, 8, 8, 16, 16, 0, 0, 1, 1);
    const isWhite = point.getImageData(0, 0, 1, 1).data[0] > 127;
    if (isWhite && !wasWhite) noted.steps.push(performance.now());
    wasWhite = isWhite;
  }, 40);
})();
"""


@dataclass(frozen=True, slots=True)
class Walk:
    """One walk past the camera: its steps, when the body was clicked, what was told meanwhile.

    ``told`` are (n, 3) shown at, steps so far of all walks, second of the newest one. ``box_s`` is
    when a box was shown first, ``clicked_s`` when the officer had clicked it; None where it never
    was.
    """

    steps_s: Times
    told: Times
    box_s: float | None
    clicked_s: float | None

    @property
    def counted(self) -> int:
        """How many steps were told from its beginning to its end."""
        steps = self.told[:, 1]
        return int(steps[-1] - steps[0]) if len(steps) else 0

    def lags_s(self) -> tuple[Times, int]:
        """Return how late each step since the click was told, and how many never were.

        A step was told with the first measures that count it.
        """
        if self.clicked_s is None:
            return np.zeros(0), 0
        lags = np.array([self._shown_s(step_s) for step_s in self.steps_s]) - self.steps_s
        since = lags[self.steps_s >= self.clicked_s]
        return since[np.isfinite(since)], int(np.sum(~np.isfinite(since)))

    def _shown_s(self, step_s: float) -> float:
        rows = self.told[self.told[:, 2] >= step_s - NEAR_S]
        return float(rows[0, 0]) if len(rows) else float("inf")


def walks_of(noted: dict[str, Any]) -> list[Walk]:
    """Return the walks of what a page noted, of which the first may have begun before it."""
    start_ms = noted["startedAtMs"]

    def since_s(values: list[Any]) -> Times:
        return (np.array(values, float) - start_ms) / 1000

    steps = since_s(noted["steps"])
    told = np.array(noted["told"], float).reshape(-1, 3)
    told[:, 0] = since_s(told[:, 0])
    boxes, clicks = since_s(noted["boxes"]), since_s(noted["clicks"])
    parts = np.split(steps, 1 + np.flatnonzero(np.diff(steps) > PAUSE_S))
    ends = [part[0] - EARLIER_S for part in parts[1:]] + [np.inf]
    return [
        _walk(part, end_s, told, boxes, clicks) for part, end_s in zip(parts, ends, strict=True)
    ]


def _walk(steps_s: Times, end_s: float, told: Times, boxes: Times, clicks: Times) -> Walk:
    begin_s = steps_s[0] - EARLIER_S
    of_walk = told[(told[:, 0] >= begin_s) & (told[:, 0] < end_s)]
    return Walk(steps_s, of_walk, _first(boxes, begin_s, end_s), _first(clicks, begin_s, end_s))


def _first(times: Times, begin_s: float, end_s: float) -> float | None:
    inside = times[(times >= begin_s) & (times < end_s)]
    return float(inside[0]) if len(inside) else None

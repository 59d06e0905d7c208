"""What a page notes of itself during a live interview, and the lags that follow from it.

Times are those of the page's clock, in seconds since its recording began, unless told otherwise.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Times = npt.NDArray[np.float64]

GRID_S = 0.2
# A row that was begun this long before a change of the face may already show it.
EARLIER_S = 0.25
LEAST_CONTRAST = 0.1
# The last expression may have been cut by the end of the recording.
SHORTEST_S = 2.0

# Runs before the page's own modules. A row was shown once the picture after its event is drawn.
NOTING = """
(() => {
  const noted = { startedAtMs: null, recordedS: 0, firstFaceMs: null, shed: 0 };
  window.noted = Object.assign(noted, { rows: [], changes: [] });
  const on = (name, act) => document.addEventListener(name, ({ detail }) => act(detail ?? {}));
  on("live:recording", ({ startedAtMs }) => (noted.startedAtMs ??= startedAtMs));
  on("live:time", ({ tS }) => (noted.recordedS = tS));
  on("live:paused", ({ tS }) => (noted.recordedS = tS ?? noted.recordedS));
  on("live:state", ({ observations, progress }) => requestAnimationFrame(() => {
    const nowMs = performance.now();
    noted.shed = progress.shed_frames;
    if (progress.faces.length > 0) noted.firstFaceMs ??= nowMs;
    for (const [name, rows] of Object.entries(observations)) {
      for (const row of rows) noted.rows.push([name, nowMs, row[0], row[1], row[9]]);
    }
  }));
  const point = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  let wasHappy = null;
  setInterval(() => {
    const video = document.getElementById("live-preview");
    if (!video?.videoWidth || noted.startedAtMs === null) return;
    point.drawImage(video, 8, 8, 16, 16, 0, 0, 1, 1);
    const isHappy = point.getImageData(0, 0, 1, 1).data[0] > 127;
    if (wasHappy !== null && isHappy !== wasHappy) noted.changes.push([performance.now(), isHappy]);
    wasHappy = isHappy;
  }, 100);
})();
"""


@dataclass(frozen=True, slots=True)
class Notes:
    """What the page noted: ``rows`` are (n, 4) shown at, start, end, valence, by modality.

    ``changes`` are the moments at which the face in front of the camera became happy or stopped
    being so. ``confirmed_s`` is when the officer had confirmed face and voice.
    """

    recorded_s: float
    confirmed_s: float
    first_face_s: float
    shed: int
    rows: dict[str, Times]
    changes: list[tuple[float, bool]]


def notes_of(noted: dict[str, Any], confirmed_ms: float) -> Notes:
    """Return the notes of a page; ``confirmed_ms`` is of its clock."""
    start_ms = noted["startedAtMs"]

    def since_s(at_ms: float) -> float:
        return (at_ms - start_ms) / 1000

    rows: dict[str, list[list[float]]] = {}
    for name, shown_ms, *row in noted["rows"]:
        rows.setdefault(name, []).append([since_s(shown_ms), *row])
    return Notes(
        recorded_s=noted["recordedS"],
        confirmed_s=since_s(confirmed_ms),
        first_face_s=since_s(noted["firstFaceMs"]),
        shed=noted["shed"],
        rows={name: np.array(found) for name, found in rows.items()},
        changes=[(since_s(at_ms), is_happy) for at_ms, is_happy in noted["changes"]],
    )


def lags_s(notes: Notes, modality: str) -> Times:
    """Return, for every fifth of a second since the confirmation, how late it was shown.

    A moment of the face was shown with the first row that ends after it: a picture that was shed
    counts as late as its successor. A moment of the voice with the first row that holds it, since
    silence has no row. A moment that was never shown is missing.
    """
    shown = np.full(int(notes.recorded_s / GRID_S), np.inf)
    for shown_s, start_s, end_s, _valence in notes.rows[modality]:
        slots = slice(*np.ceil(np.round([start_s, end_s], 3) / GRID_S).astype(int))
        shown[slots] = np.minimum(shown[slots], shown_s)
    if modality == "face":
        shown = np.minimum.accumulate(shown[::-1])[::-1]
    moments = np.arange(len(shown)) * GRID_S
    counted = (moments >= notes.confirmed_s) & np.isfinite(shown)
    return np.asarray((shown - moments)[counted])


def change_lags_s(notes: Notes) -> tuple[Times, int]:
    """Return how long each changed face took until a row that shows the change, and those missed.

    Rows show it by their valence, beyond the middle between the happy face and the others.
    Raises RuntimeError where the rows do not tell the two apart.
    """
    rows = notes.rows["face"]
    rows = rows[np.argsort(rows[:, 0], kind="stable")]
    middle = _middle(rows, notes.changes)
    lags, missed = [], 0
    ends_s = [at_s for at_s, _ in notes.changes[1:]] + [notes.recorded_s]
    for (at_s, is_happy), end_s in zip(notes.changes, ends_s, strict=True):
        if at_s < notes.confirmed_s or end_s - at_s < SHORTEST_S:
            continue
        of_scene = (rows[:, 1] >= at_s - EARLIER_S) & (rows[:, 1] < end_s)
        showing = rows[of_scene & ((rows[:, 3] > middle) == is_happy)]
        if len(showing):
            lags.append(showing[0, 0] - at_s)
        else:
            missed += 1
    return np.array(lags), missed


def _middle(rows: Times, changes: list[tuple[float, bool]]) -> float:
    """Return the valence between the happy face and the others."""
    times_s = [at_s for at_s, _ in changes]
    places = np.searchsorted(times_s, rows[:, 1], side="right") - 1
    is_happy = np.array([is_happy for _, is_happy in changes])
    known = places >= 0
    happy = rows[known][is_happy[places[known]]][:, 3]
    other = rows[known][~is_happy[places[known]]][:, 3]
    if not len(happy) or not len(other):
        raise RuntimeError("the face did not change while it was watched")
    high, low = float(np.median(happy)), float(np.median(other))
    if high - low < LEAST_CONTRAST:
        raise RuntimeError(f"valence {high:.2f} of the happy face is close to {low:.2f}")
    return (high + low) / 2

"""A live walk over the whole road: from a step to the measures on the officer's page.

Somebody walks past the camera, again and again; the room is empty in between. Whenever a body gets
its box, the officer clicks it. A step counts from then on: it is on the page with the first
measures so far that count it.
"""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from playwright.sync_api import Page

from benchmarks import walk_camera
from benchmarks.figure import Figure
from benchmarks.live_road import GOALS_S, Spent, closed, load_figures, percentiles, road
from benchmarks.walk_notes import NOTING, Walk, walks_of
from media_processing.models import LiveCapture, Observation
from tests.end_to_end.case import start_case
from tests.end_to_end.interview_page import InterviewPage
from tests.end_to_end.running_site import Site

NAME = "live walk in the browser"
LOOK_EVERY_MS = 100
# The worker has this long to take up a click before another box would be clicked.
CLICK_PATIENCE_MS = 3000
LAST_STEPS_MS = 6000
LEAST_STEPS = 10
# The middle of a box that nobody is named in, while nobody is.
BOX = """() => {
  const bodies = [...document.querySelectorAll("#live-bodies .live-body")];
  if (!bodies.length || bodies.some((body) => body.matches(".is-applicant"))) return null;
  const { x, y, width, height } = bodies[0].getBoundingClientRect();
  return [x + width / 2, y + height / 2];
}"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one recording gave; ``rows`` are those of the closing pass."""

    walks: list[Walk]
    shed: int
    recorded_s: float
    cores: dict[str, float]
    closing_s: float
    rows: int


def figures(seconds: float, film: str) -> Iterator[Figure]:
    """Record so many seconds of a walk, of ``film`` or else of a rendered figure."""
    with tempfile.TemporaryDirectory() as folder:
        camera = Path(folder) / "camera.mjpeg"
        steps = walk_camera.write_camera(camera, film)
        devices = [
            "--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={camera}",
        ]  # fmt: skip
        with road(devices, NOTING) as (site, page):
            outcome = _held(site, page, seconds)
    yield from _lag_figures(outcome)
    yield from _count_figures(outcome, steps)
    yield from load_figures(NAME, outcome.cores)


def _held(site: Site, page: Page, seconds: float) -> Outcome:
    start_case(page)
    tab = InterviewPage(page)
    tab.open_walk(page.url)
    spent = Spent(site)
    tab.record()
    while _recorded_s(page) < seconds:
        page.wait_for_timeout(LOOK_EVERY_MS)
        if box := page.evaluate(BOX):
            _click(page, box)
    tab.pause()
    cores = spent.cores()
    page.wait_for_timeout(LAST_STEPS_MS)
    noted, live = page.evaluate("noted"), LiveCapture.objects.get()
    tab.finish()
    closing_s = closed(live.recording, noted["recordedS"])
    rows = Observation.objects.filter(recording=live.recording, modality="gait").count()
    walks = walks_of(noted)
    return Outcome(walks, noted["shed"], noted["recordedS"], cores, closing_s, rows)


def _click(page: Page, place: list[float]) -> None:
    page.evaluate("noted.clicks.push(performance.now())")
    page.mouse.click(*place)
    for _ in range(CLICK_PATIENCE_MS // LOOK_EVERY_MS):
        page.wait_for_timeout(LOOK_EVERY_MS)
        if page.evaluate(BOX) is None:
            return


def _recorded_s(page: Page) -> float:
    return float(page.evaluate("noted.recordedS"))


def _lag_figures(outcome: Outcome) -> Iterator[Figure]:
    found = [walk.lags_s() for walk in outcome.walks]
    lags = np.concatenate([lags for lags, _ in found])
    missed = sum(missed for _, missed in found)
    if len(lags) < LEAST_STEPS:
        raise RuntimeError(f"{len(lags)} steps told, {missed} never: the machine is too busy")
    clicked = sum(walk.clicked_s is not None for walk in outcome.walks)
    note = (
        f"{len(lags)} steps of {clicked} walks in {outcome.recorded_s / 60:.1f} min, "
        f"{missed} more never told"
    )
    yield from percentiles("step → measures on the page", lags, note)
    waits = [walk.box_s - walk.steps_s[0] for walk in outcome.walks[1:] if walk.box_s is not None]
    yield Figure(
        f"{NAME}: first step → a box to click, median", float(np.median(waits)), "s",
        "the goal of a lag", GOALS_S["p95"], "below 0: the box was there before the step was whole",
    )  # fmt: skip


def _count_figures(outcome: Outcome, steps: int) -> Iterator[Figure]:
    whole = [walk for walk in outcome.walks[1:-1] if len(walk.steps_s) == steps]
    counted = sum(walk.counted for walk in whole)
    yield Figure(
        f"{NAME}: steps told", counted, "steps", "those of the film", steps * len(whole),
        f"{len(whole)} whole walks of {steps} steps each",
    )  # fmt: skip
    yield Figure(
        f"{NAME}: pictures shed", outcome.shed, "pictures", "ten a second",
        10 * outcome.recorded_s, "analysed pictures only; every recorded one is kept",
    )  # fmt: skip
    yield Figure(
        f"{NAME}: closing pass", outcome.closing_s, "s", "recorded time", outcome.recorded_s,
        f"from the press on Finish until it is an ordinary, scored recording; {outcome.rows} rows",
    )  # fmt: skip

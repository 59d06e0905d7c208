"""A live interview over the whole road, measured where the officer looks.

``python -m benchmarks live_browser [--minutes 15]``. The whole site runs on a database of its
own; a headless Chromium, on the same machine, plays a minute of a drawn face and synthetic speech
as camera and microphone, again and again, while an officer records, confirms face and voice and
marks answers. The page itself notes when each moment of the recording was on its screen. Then the
recording is closed, and what was watched is held against what the closing pass makes of it.
"""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from django.core.management import call_command
from django.db import connection
from playwright.sync_api import Page, sync_playwright

from benchmarks import interview_devices
from benchmarks.figure import Figure
from benchmarks.interview_notes import NOTING, Notes, Times, change_lags_s, lags_s, notes_of
from benchmarks.interview_whole import History, correlation, history_of
from benchmarks.processor import cpu_s
from media_processing.models import LiveCapture, ProcessingJob, Recording
from tests.chromium import chromium
from tests.end_to_end.case import start_case
from tests.end_to_end.interview_page import InterviewPage
from tests.end_to_end.running_site import Site
from tests.factories import PASSWORD, BranchFactory, OfficerFactory
from tests.recorder.fake_devices import chromium_options

MINUTES = 1.0
GOALS_S = {"median": 3.0, "p95": 5.0}
QUESTIONS = ("What is the loan for?", "What do you earn?", "What if the income stops?")
MARK_EVERY_S = 10.0
PATIENCE_MS = 60_000
LAST_ROWS_S = 60.0
CLOSING_S_PER_S = 4.0
CLOSING_AT_LEAST_S = 180.0
WATCHED = ("live", "web", "scoring", "media")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one interview gave; ``cpu_s`` is processor time while it was recorded."""

    notes: Notes
    cpu_s: dict[str, float]
    watched: History
    whole: History
    closing_s: float
    length_s: float


def figures() -> Iterator[Figure]:
    minutes = float(_option("--minutes", str(MINUTES)))
    # A browser that is driven and the records are used in turn, never at once.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with (
        tempfile.TemporaryDirectory() as folder,
        _site(Path(folder)) as site,
        _officers_tab(Path(folder), site) as page,
    ):
        outcome = _held(site, page, 60 * minutes)
    yield from _lag_figures(outcome.notes)
    yield from _change_figures(outcome.notes)
    yield from _load_figures(outcome)
    yield from _whole_figures(outcome)


def _option(name: str, default: str) -> str:
    return sys.argv[sys.argv.index(name) + 1] if name in sys.argv else default


# ---- The site and the browser ------------------------------------------------------------------


@contextmanager
def _site(folder: Path) -> Iterator[Site]:
    call_command("sync_model_versions", verbosity=0)
    OfficerFactory(username="ida", branch=BranchFactory(code="HARBOUR", name="Harbour"))
    site = Site(folder, str(connection.settings_dict["NAME"]))
    site.start()
    try:
        yield site
    finally:
        site.stop()


@contextmanager
def _officers_tab(folder: Path, site: Site) -> Iterator[Page]:
    """Open a tab with camera and microphone in which the officer has signed in."""
    camera, microphone = folder / "camera.mjpeg", folder / "microphone.wav"
    interview_devices.write_devices(camera, microphone)
    devices = chromium_options(camera, microphone)
    with sync_playwright() as playwright, chromium(playwright, *devices) as browser:
        context = browser.new_context(
            base_url=site.url, permissions=["camera", "microphone"],
            viewport={"width": 1440, "height": 900},
        )  # fmt: skip
        context.set_default_timeout(PATIENCE_MS)
        context.add_init_script(NOTING)
        page = context.new_page()
        page.goto("/login/")
        page.fill("[name=username]", "ida")
        page.fill("[name=password]", PASSWORD)
        page.press("[name=password]", "Enter")
        page.wait_for_url(lambda url: "/login/" not in url)
        yield page


# ---- The interview -----------------------------------------------------------------------------


def _held(site: Site, page: Page, seconds: float) -> Outcome:
    """Hold an interview of so many recorded seconds, and finish it."""
    start_case(page)
    tab = InterviewPage(page)
    tab.open(page.url, QUESTIONS)
    before, began_s = _cpu_s(site), time.monotonic()
    tab.record()
    tab.confirm()
    confirmed_ms = float(page.evaluate("performance.now()"))
    while (left_s := seconds - _recorded_s(page)) > 0:
        tab.mark()
        page.wait_for_timeout(1000 * min(MARK_EVERY_S, left_s))
    tab.pause()
    used_s = {name: spent - before[name] for name, spent in _cpu_s(site).items()}
    used_s["wall"] = time.monotonic() - began_s
    _wait_for_the_last_rows(tab)
    notes = notes_of(page.evaluate("noted"), confirmed_ms)
    recording = LiveCapture.objects.get().recording
    watched = history_of(recording)
    tab.finish()
    closing_s = _closed(recording, notes.recorded_s)
    recording.refresh_from_db()
    length_s = recording.duration_s or 0.0
    return Outcome(notes, used_s, watched, history_of(recording), closing_s, length_s)


def _recorded_s(page: Page) -> float:
    return float(page.evaluate("noted.recordedS"))


def _cpu_s(site: Site) -> dict[str, float]:
    spent = {name: cpu_s(site.pid(name)) for name in WATCHED}
    return spent | {"browser": cpu_s(os.getpid(), named="chrom")}


def _wait_for_the_last_rows(tab: InterviewPage) -> None:
    """Wait until all that was recorded is shown, so that the lag of its end is known too."""
    tab.seen_until(_recorded_s(tab.page) - 1.0, most_s=LAST_ROWS_S)
    tab.page.wait_for_timeout(1000)


def _closed(recording: Recording, recorded_s: float) -> float:
    """Wait for the closing pass; return how long it took. Raises TimeoutError."""
    began_s = time.monotonic()
    most_s = max(CLOSING_AT_LEAST_S, CLOSING_S_PER_S * recorded_s)
    while time.monotonic() - began_s < most_s:
        job = ProcessingJob.objects.get(recording=recording)
        if not job.is_open:
            if job.state != ProcessingJob.State.DONE:
                raise RuntimeError(f"the closing pass ended as {job.state}")
            return time.monotonic() - began_s
        time.sleep(0.5)
    raise TimeoutError("the closing pass did not end")


# ---- What it shows -----------------------------------------------------------------------------


def _lag_figures(notes: Notes) -> Iterator[Figure]:
    for modality in ("face", "voice"):
        lags = lags_s(notes, modality)
        third = len(lags) // 3
        growth_s = float(np.median(lags[-third:]) - np.median(lags[:third]))
        minutes = notes.recorded_s / 60
        note = f"{minutes:.1f} min in a browser on this machine, {len(lags) * 0.2:.0f} s of moments"
        yield from _percentiles(f"live in the browser, {modality}", lags, note)
        yield Figure(
            f"live in the browser, {modality}: last third above the first", growth_s, "s",
            "one second", 1.0, "near 0 or below: it does not fall behind",
        )  # fmt: skip


def _percentiles(name: str, lags: Times, note: str) -> Iterator[Figure]:
    cuts = statistics.quantiles(lags, n=100, method="inclusive")
    found = {"median": cuts[49], "p95": cuts[94], "p99": cuts[98], "longest": max(lags)}
    for which, value in found.items():
        goal_s = GOALS_S.get(which)
        said = "no goal of its own" if goal_s is None else _verdict(value <= goal_s)
        yield Figure(
            f"{name}: {which}", float(value), "s", "the goal", goal_s or GOALS_S["p95"],
            f"{said}; {note}",
        )  # fmt: skip


def _verdict(is_met: bool) -> str:
    return "met" if is_met else "MISSED"


def _change_figures(notes: Notes) -> Iterator[Figure]:
    lags, missed = change_lags_s(notes)
    note = f"{len(lags)} changes of the face in front of the camera, {missed} more never shown"
    yield from _percentiles("changed face → strip", lags, note)


def _load_figures(outcome: Outcome) -> Iterator[Figure]:
    notes, wall_s = outcome.notes, outcome.cpu_s["wall"]
    for name in (*WATCHED, "browser"):
        yield Figure(
            f"live in the browser: processor of {name}", outcome.cpu_s[name] / wall_s, "cores",
            "one of two cores", 1.0, "share of a core while it was recorded",
        )  # fmt: skip
    yield Figure(
        "live in the browser: pictures shed", notes.shed, "pictures", "looked at and shed",
        notes.shed + len(np.unique(notes.rows["face"][:, 1])),
        "analysed pictures only; every recorded one is kept",
    )  # fmt: skip
    yield Figure(
        "live in the browser: recording begun → first face to confirm", notes.first_face_s, "s",
        "the goal of a lag", GOALS_S["p95"], "the worker loads its networks; before that no lag",
    )  # fmt: skip


def _whole_figures(outcome: Outcome) -> Iterator[Figure]:
    recorded_s = outcome.notes.recorded_s
    off_s = abs(outcome.length_s - recorded_s)
    yield Figure(
        "live in the browser: length of the recording off by", off_s, "s", "the limit", 0.5,
        f"{_verdict(off_s <= 0.5)}; {outcome.length_s:.2f} s of {recorded_s:.2f} s recorded",
    )  # fmt: skip
    yield Figure(
        "live in the browser: closing pass", outcome.closing_s, "s", "recorded time", recorded_s,
        "from the press on Finish until it is an ordinary, scored recording",
    )  # fmt: skip
    for modality in ("face", "voice"):
        agreement, both_s = correlation(outcome.watched, outcome.whole, modality)
        yield Figure(
            f"live beside the closing pass: correlation, {modality}", agreement, "r", "the goal",
            0.98, f"{_verdict(agreement >= 0.98)}; valence or arousal, the lower; {both_s:.0f} s",
        )  # fmt: skip
    points = abs(outcome.watched.adjustment - outcome.whole.adjustment)
    yield Figure(
        "live beside the closing pass: adjustment off by", points, "points", "the limit", 1.0,
        f"{_verdict(points <= 1)}; {outcome.watched.adjustment:+d} live, "
        f"{outcome.whole.adjustment:+d} in the end",
    )  # fmt: skip

"""A live recording over the whole road, measured where the officer looks.

``python -m benchmarks live_browser [--minutes 15] [--kind interview|walk] [--film FILE]``. The
whole site runs on a database of its own; a headless Chromium, on the same machine, has a camera and
a microphone from files. Of an interview it plays a minute of a drawn face and synthetic speech,
again and again, while an officer records, confirms face and voice and marks answers. The page
itself notes when each moment of the recording was on its screen. Then the recording is closed, and
what was watched is held against what the closing pass makes of it. Of a walk see
:mod:`benchmarks.live_walk`.
"""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from playwright.sync_api import Page

from benchmarks import interview_devices, live_walk
from benchmarks.figure import Figure
from benchmarks.interview_notes import NOTING, Notes, change_lags_s, lags_s, notes_of
from benchmarks.interview_whole import History, correlation, history_of
from benchmarks.live_road import (
    GOALS_S,
    Spent,
    closed,
    load_figures,
    option,
    percentiles,
    road,
    verdict,
)
from media_processing.models import LiveCapture
from tests.end_to_end.case import start_case
from tests.end_to_end.interview_page import InterviewPage
from tests.end_to_end.running_site import Site
from tests.recorder.fake_devices import chromium_options

MINUTES = 1.0
QUESTIONS = ("What is the loan for?", "What do you earn?", "What if the income stops?")
MARK_EVERY_S = 10.0
LAST_ROWS_S = 60.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one interview gave; ``cores`` is the share of a core while it was recorded."""

    notes: Notes
    cores: dict[str, float]
    watched: History
    whole: History
    closing_s: float
    length_s: float


def figures() -> Iterator[Figure]:
    seconds = 60 * float(option("--minutes", str(MINUTES)))
    if option("--kind", "interview") == "walk":
        yield from live_walk.figures(seconds, option("--film", ""))
        return
    outcome = _outcome(seconds)
    yield from _lag_figures(outcome.notes)
    yield from _change_figures(outcome.notes)
    yield from _load_figures(outcome)
    yield from _whole_figures(outcome)


def _outcome(seconds: float) -> Outcome:
    with tempfile.TemporaryDirectory() as folder:
        camera, microphone = Path(folder) / "camera.mjpeg", Path(folder) / "microphone.wav"
        interview_devices.write_devices(camera, microphone)
        with road(chromium_options(camera, microphone), NOTING) as (site, page):
            return _held(site, page, seconds)


# ---- The interview -----------------------------------------------------------------------------


def _held(site: Site, page: Page, seconds: float) -> Outcome:
    """Hold an interview of so many recorded seconds, and finish it."""
    start_case(page)
    tab = InterviewPage(page)
    tab.open(page.url, QUESTIONS)
    spent = Spent(site)
    tab.record()
    tab.confirm()
    confirmed_ms = float(page.evaluate("performance.now()"))
    while (left_s := seconds - _recorded_s(page)) > 0:
        tab.mark()
        page.wait_for_timeout(1000 * min(MARK_EVERY_S, left_s))
    tab.pause()
    cores = spent.cores()
    _wait_for_the_last_rows(tab)
    notes = notes_of(page.evaluate("noted"), confirmed_ms)
    recording = LiveCapture.objects.get().recording
    watched = history_of(recording)
    tab.finish()
    closing_s = closed(recording, notes.recorded_s)
    recording.refresh_from_db()
    length_s = recording.duration_s or 0.0
    return Outcome(notes, cores, watched, history_of(recording), closing_s, length_s)


def _recorded_s(page: Page) -> float:
    return float(page.evaluate("noted.recordedS"))


def _wait_for_the_last_rows(tab: InterviewPage) -> None:
    """Wait until all that was recorded is shown, so that the lag of its end is known too."""
    tab.seen_until(_recorded_s(tab.page) - 1.0, most_s=LAST_ROWS_S)
    tab.page.wait_for_timeout(1000)


# ---- What it shows -----------------------------------------------------------------------------


def _lag_figures(notes: Notes) -> Iterator[Figure]:
    for modality in ("face", "voice"):
        lags = lags_s(notes, modality)
        third = len(lags) // 3
        growth_s = float(np.median(lags[-third:]) - np.median(lags[:third]))
        minutes = notes.recorded_s / 60
        note = f"{minutes:.1f} min in a browser on this machine, {len(lags) * 0.2:.0f} s of moments"
        yield from percentiles(f"live in the browser, {modality}", lags, note)
        yield Figure(
            f"live in the browser, {modality}: last third above the first", growth_s, "s",
            "one second", 1.0, "near 0 or below: it does not fall behind",
        )  # fmt: skip


def _change_figures(notes: Notes) -> Iterator[Figure]:
    lags, missed = change_lags_s(notes)
    note = f"{len(lags)} changes of the face in front of the camera, {missed} more never shown"
    yield from percentiles("changed face → strip", lags, note)


def _load_figures(outcome: Outcome) -> Iterator[Figure]:
    notes = outcome.notes
    yield from load_figures("live in the browser", outcome.cores)
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
        f"{verdict(off_s <= 0.5)}; {outcome.length_s:.2f} s of {recorded_s:.2f} s recorded",
    )  # fmt: skip
    yield Figure(
        "live in the browser: closing pass", outcome.closing_s, "s", "recorded time", recorded_s,
        "from the press on Finish until it is an ordinary, scored recording",
    )  # fmt: skip
    for modality in ("face", "voice"):
        agreement, both_s = correlation(outcome.watched, outcome.whole, modality)
        yield Figure(
            f"live beside the closing pass: correlation, {modality}", agreement, "r", "the goal",
            0.98, f"{verdict(agreement >= 0.98)}; valence or arousal, the lower; {both_s:.0f} s",
        )  # fmt: skip
    points = abs(outcome.watched.adjustment - outcome.whole.adjustment)
    yield Figure(
        "live beside the closing pass: adjustment off by", points, "points", "the limit", 1.0,
        f"{verdict(points <= 1)}; {outcome.watched.adjustment:+d} live, "
        f"{outcome.whole.adjustment:+d} in the end",
    )  # fmt: skip

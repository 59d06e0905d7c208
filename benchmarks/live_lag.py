"""From a word said and a face shown to the row that holds it, through a real worker, in real time.

``python -m benchmarks live_lag [--minutes 15] [--film FILE] [--beside N]``. A recording is handed
to the services in pieces of one second, as a browser does; a Celery worker of the queue ``live``, a
process of its own, watches it, beside N processes that never rest. The lag of a moment is the time
from the moment itself (so with the second of its piece) to the first committed row that holds it.
"""

import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from celery import current_app
from django.conf import settings
from django.db import connection

from applicants.services.stores import store_at
from benchmarks.figure import Figure
from benchmarks.processor import cpu_s
from creditweb.demo import recordings
from media_processing import dispatch
from media_processing.demo_media.takes import MEDIA_TYPE, Piece, take_of
from media_processing.models import LiveCapture, LiveProgress, LiveTake, Observation
from media_processing.services.live import capture, chunks, marks
from media_processing.services.sessions import open_session
from tests.factories import ApplicationFactory, give_consents

MINUTES = 1.0
SIZE = (1280, 720)
GRID_S = 0.2
LOOK_EVERY_S = 0.05
WAIT_AFTER_S = 10.0
GOALS_S = {"median": 3.0, "p95": 5.0}


@dataclass(slots=True)
class Lags:
    """How late each moment of the recording was there, per modality."""

    by_modality: dict[str, dict[int, float]] = field(default_factory=dict)

    def note(self, row: Observation, at_s: float) -> None:
        """Note a row that was committed ``at_s`` after the recording began."""
        moments = self.by_modality.setdefault(row.modality, {})
        for slot in range(_slot(row.t_start_s), _slot(row.t_end_s)):
            moments.setdefault(slot, at_s - slot * GRID_S)

    def all_s(self, modality: str) -> list[float]:
        return [lag for _slot, lag in sorted(self.by_modality.get(modality, {}).items())]


def _slot(t_s: float) -> int:
    """Return the first slot that begins at ``t_s`` or after it."""
    return int(-(-round(t_s, 3) // GRID_S))


def figures() -> Iterator[Figure]:
    minutes = float(_option("--minutes", str(MINUTES)))
    with tempfile.TemporaryDirectory() as folder:
        settings.MEDIA_STORAGE_URL = f"file://{Path(folder) / 'media'}"
        store_at.cache_clear()
        pieces = take_of(_film(Path(folder)), length_s=60 * minutes, size=SIZE)
        with _worker(Path(folder)) as worker, _busy(int(_option("--beside", "0"))):
            live = _opened()
            lags, used_s = _recorded(live, pieces, worker)
        shed = LiveProgress.objects.get(live=live).shed_frames
    for modality in ("face", "voice"):
        yield from _figures(modality, lags.all_s(modality), minutes)
    yield Figure(
        "live: processor of the worker per second of interview", used_s / (60 * minutes), "s",
        "one of two cores", 1.0, f"below 1: it keeps up; {shed} pictures were shed",
    )  # fmt: skip


def _figures(modality: str, lags_s: Sequence[float], minutes: float) -> Iterator[Figure]:
    if len(lags_s) < 3:
        raise RuntimeError(f"no {modality} was observed")
    cuts = statistics.quantiles(lags_s, n=100)
    third = len(lags_s) // 3
    growth_s = statistics.median(lags_s[-third:]) - statistics.median(lags_s[:third])
    note = f"{minutes:g} min, {len(lags_s) * GRID_S:.0f} s observed; with the second of its piece"
    for name, value in (("median", cuts[49]), ("p95", cuts[94]), ("p99", cuts[98])):
        goal_s = GOALS_S.get(name, GOALS_S["p95"])
        yield Figure(f"live lag, {modality}: {name}", value, "s", "the goal", goal_s, note)
    yield Figure(
        f"live lag, {modality}: last third above the first", growth_s, "s", "one second", 1.0,
        "near 0 or below: it does not fall behind",
    )  # fmt: skip


def _film(folder: Path) -> Path:
    if given := _option("--film", ""):
        return Path(given)
    path = folder / "interview.mp4"
    recordings.film_interview(path, recordings.CALM_INTERVIEW, seed=1)
    return path


def _option(name: str, default: str) -> str:
    return sys.argv[sys.argv.index(name) + 1] if name in sys.argv else default


def _opened() -> LiveCapture:
    application = ApplicationFactory()
    give_consents(application.applicant)
    officer = application.created_by
    session = open_session(application, officer=officer)
    return capture.open_capture(officer, session, kind="interview")


def _recorded(
    live: LiveCapture, pieces: Sequence[Piece], worker: "subprocess.Popen[bytes]"
) -> tuple[Lags, float]:
    """Send the pieces when they are due, and note when each row is there."""
    officer = live.recording.uploaded_by
    take = chunks.begin_take(live, media_type=MEDIA_TYPE, client="benchmark")
    said = {"face": None, "voice": {"mode": "all"}}
    marks.set_subject(live, said, officer=officer)
    lags, last, is_confirmed = Lags(), 0, False
    before_s, start_s = cpu_s(worker.pid), time.monotonic()
    end_s = pieces[-1].t_end_s + WAIT_AFTER_S
    sent = 0
    while (at_s := time.monotonic() - start_s) < end_s:
        if sent < len(pieces) and pieces[sent].t_end_s <= at_s:
            _send(take, sent, pieces[sent])
            sent += 1
        is_confirmed = is_confirmed or _confirm(live, take)
        for row in Observation.objects.filter(recording=live.recording, pk__gt=last).order_by("pk"):
            last = row.pk
            lags.note(row, time.monotonic() - start_s)
        time.sleep(LOOK_EVERY_S)
    used_s = cpu_s(worker.pid) - before_s
    capture.close(live, officer=officer)
    return lags, used_s


def _send(take: LiveTake, number: int, piece: Piece) -> None:
    take.refresh_from_db()
    _next, stages = chunks.add_chunk(take, number, piece.content, t_end_s=piece.t_end_s)
    dispatch.ring(stages)


def _confirm(live: LiveCapture, take: LiveTake) -> bool:
    """Confirm the first face that is shown, as the officer does with a click."""
    progress = LiveProgress.objects.get(live=live)
    if not progress.faces or not progress.people:
        return False
    box = progress.faces[0]["box"]
    face = {"take": take.number, "t_s": progress.decoded_s, "box": box}
    marks.set_subject(live, {"face": face}, officer=live.recording.uploaded_by)
    return True


@contextmanager
def _worker(folder: Path) -> Iterator["subprocess.Popen[bytes]"]:
    command = [
        sys.executable, "-m", "celery", "-A", "creditweb", "worker", "--queues", "live",
        "--concurrency", "1", "--loglevel", "WARNING", "--without-gossip", "--without-mingle",
    ]  # fmt: skip
    with (folder / "worker.log").open("wb") as log:
        process = subprocess.Popen(
            command, env=_environment(), stdout=log, stderr=log, start_new_session=True
        )
    try:
        _wait_until_warm()
        yield process
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()


@contextmanager
def _busy(count: int) -> Iterator[None]:
    """Let ``count`` processes want a core each, as on a machine that has too much to do."""
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield
    finally:
        for process in busy:
            process.kill()
            process.wait()


def _wait_until_warm() -> None:
    """Wait until a first message, for a stage that does not exist, was worked off."""
    dispatch.knock_live()
    while True:
        stats = current_app.control.inspect(timeout=1.0).stats() or {}
        if any(dispatch.WATCH_LIVE in worker["total"] for worker in stats.values()):
            time.sleep(1.0)
            return


def _environment() -> dict[str, str]:
    database = connection.settings_dict
    url = f"postgresql://{database['USER']}:{database['PASSWORD']}@/{database['NAME']}"
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "DATABASE_URL": f"{url}?host={database['HOST']}",
        "MEDIA_STORAGE_URL": settings.MEDIA_STORAGE_URL,
        "OMP_NUM_THREADS": "1",
    }

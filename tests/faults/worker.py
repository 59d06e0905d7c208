"""A real Celery worker with its beat, on the test's own database and queue, that can be killed."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import redis
from django.conf import settings
from django.db import connection

ROOT = Path(__file__).resolve().parents[2]
CONCURRENCY = "2"


class Worker:
    """Serves all queues until it is killed, with SIGKILL and all its children, or stopped."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [
            sys.executable, "-m", "celery", "-A", "creditweb", "worker",
            "--queues", "media,live,scoring", "--concurrency", CONCURRENCY,
            "--loglevel", "WARNING", "--without-gossip", "--without-mingle",
            "--beat", "--schedule", str(self._folder / "beat"),
        ]  # fmt: skip
        with (self._folder / "worker.log").open("ab") as log:
            self._process = subprocess.Popen(
                command, cwd=ROOT, env=_environment(), stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip

    def kill(self) -> None:
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def stop(self, most_s: float) -> None:
        """Ask it to end as a deploy does: SIGTERM to the main process. Fails where it stays."""
        assert self._process is not None
        self._process.terminate()
        self._process.wait(most_s)
        self._process = None

    def log(self) -> str:
        return (self._folder / "worker.log").read_text(errors="replace")


def _environment() -> dict[str, str]:
    database = connection.settings_dict
    url = f"postgresql://{database['USER']}:{database['PASSWORD']}@/{database['NAME']}"
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.faults.settings",
        "DATABASE_URL": f"{url}?host={database['HOST']}",
        "MEDIA_STORAGE_URL": settings.MEDIA_STORAGE_URL,
        "OMP_NUM_THREADS": "1",
    }


def empty_queue() -> None:
    """Forget every message, as a Redis that lost its disk does."""
    redis.Redis.from_url(settings.REDIS_URL).flushdb()


def waiting_messages(queue: str) -> int:
    return int(redis.Redis.from_url(settings.REDIS_URL).llen(queue))


def wait_until(condition, timeout_s: float, what: str) -> float:  # type: ignore[no-untyped-def]
    """Wait and return how long it took (s). Fails the test after ``timeout_s``."""
    start = time.monotonic()
    while not condition():
        assert time.monotonic() - start < timeout_s, f"{what} did not happen in {timeout_s:.0f} s"
        time.sleep(0.01)
    return time.monotonic() - start

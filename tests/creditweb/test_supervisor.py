"""A process that ends by itself is started again."""

import subprocess
import sys
from pathlib import Path

import pytest

from creditweb import supervisor


def _interrupted(seconds: float) -> None:
    raise KeyboardInterrupt


def test_a_process_that_ended_is_started_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(supervisor, "state_dir", lambda: tmp_path)
    ended = subprocess.Popen([sys.executable, "-c", "print('at work')"], stdout=subprocess.DEVNULL)
    ended.wait(60)
    processes = {"media": ended}
    with monkeypatch.context() as clock, pytest.raises(KeyboardInterrupt):
        clock.setattr(supervisor.time, "sleep", _interrupted)
        supervisor._watch(processes)
    again = processes["media"]
    assert again.pid != ended.pid
    assert again.wait(60) == 0
    assert (tmp_path / "logs" / "media.log").read_text() == "at work\n"


def test_the_training_worker_starts_only_where_its_packages_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(supervisor, "TRAINING_PACKAGES", ("json",))
    assert supervisor.startable("127.0.0.1", "1") == supervisor.commands("127.0.0.1", "1")
    monkeypatch.setattr(supervisor, "TRAINING_PACKAGES", ("json", "no_such_package"))
    missing = set(supervisor.commands("127.0.0.1", "1")) - set(
        supervisor.startable("127.0.0.1", "1")
    )
    assert missing == {"training"}

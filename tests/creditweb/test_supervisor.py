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

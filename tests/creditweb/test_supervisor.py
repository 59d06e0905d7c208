"""A process that ends by itself is started again."""

import socket
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


def test_accounts_are_there_before_the_site_answers_and_the_book_after(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    done: list[str] = []
    monkeypatch.setattr(supervisor, "provide_environment", lambda: None)
    monkeypatch.setattr(supervisor, "stop_services", lambda: None)
    monkeypatch.setattr(supervisor, "_manage", lambda *words: done.append(" ".join(words)))
    monkeypatch.setattr(supervisor, "startable", lambda *_: {"web": []})
    monkeypatch.setattr(supervisor, "_start", lambda name, _line: done.append(name))
    monkeypatch.setattr(supervisor, "_wait_until_answered", lambda *_: done.append("answers"))
    monkeypatch.setattr(supervisor, "_watch", _interrupted)
    monkeypatch.setattr(supervisor, "_stop", lambda _processes: None)
    supervisor.run("127.0.0.1", "1")
    steps = ["seed_demo --once --accounts", "web", "answers", "seed_demo --once"]
    assert [each for each in done if each in steps] == steps


def test_the_welcome_waits_for_the_site_and_not_for_one_that_ended() -> None:
    with socket.create_server(("127.0.0.1", 0)) as site:
        waiting = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
        supervisor._wait_until_answered("0.0.0.0", str(site.getsockname()[1]), waiting)
        assert waiting.poll() is None
        waiting.communicate(b"\n", timeout=60)
    supervisor._wait_until_answered("127.0.0.1", "1", waiting)

"""Nothing that the child starts outlives it, whatever it does."""

import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from media_processing.sandbox import jail as subject
from media_processing.sandbox.canonicalise import run_confined
from media_processing.sandbox.child import relay_progress, transcode
from media_processing.sandbox.ffmpeg import AudioPlan
from media_processing.sandbox.jail import Jail, bubblewrap_works, started
from media_processing.sandbox.probe import Findings
from media_processing.sandbox.recognise import Container
from media_processing.sandbox.types import (
    AudioStreamFacts,
    Limits,
    MediaRefused,
    MediaTransient,
    Probe,
)

MP4 = Container("mp4", "mov")
CONFINED = 'print(\'{"event": "confined"}\', flush=True)'
HANGS = f"import subprocess, time; {CONFINED}; subprocess.Popen(['sleep', '300']); time.sleep(300)"
LOUD = f"{CONFINED}; print('x' * 10_000_000); print('[1]'); print('no json')"
DIES = "import os; os._exit(7)"


@pytest.fixture(params=[True, False], ids=["bubblewrap", "plain"])
def jail(request: pytest.FixtureRequest, tmp_path: Path) -> Jail:
    if request.param and not bubblewrap_works():
        pytest.skip("bubblewrap is not installed or not allowed here")
    (tmp_path / "in.mp4").write_bytes(b"\0\0\0\x18ftypisom")
    (tmp_path / "out").mkdir()
    return Jail(tmp_path / "in.mp4", tmp_path / "out", request.param)


def living(group: int) -> list[str]:
    """Return the states of the processes of a group; who only waits to be buried does not count."""
    deadline = time.monotonic() + 10
    # A killed process that is still leaving the kernel is given a moment.
    while (states := _states(group)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return states


def _states(group: int) -> list[str]:
    states = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = stat.read_text(errors="replace").rpartition(")")[2].split()
            if int(fields[2]) == group and fields[0] not in {"Z", "X"}:
                states.append(fields[0])
    return states


def play(monkeypatch: pytest.MonkeyPatch, program: str) -> None:
    monkeypatch.setattr(subject, "_CHILD", ("-c", program))


def test_a_hanging_child_goes_with_all_it_started(jail: Jail, monkeypatch) -> None:
    play(monkeypatch, HANGS)
    before = time.monotonic()

    with started(jail, MP4, Limits(probe_wall_s=2)) as child:
        group = child._process.pid
        assert [event["event"] for event in child.events()] == ["confined"]

    assert time.monotonic() - before < 30
    assert child.timed_out
    assert child.starved
    assert living(group) == []


def test_a_child_that_hangs_idle_is_the_machines_fault(jail: Jail, monkeypatch) -> None:
    play(monkeypatch, HANGS)

    with pytest.raises(MediaTransient):
        run_confined(jail, MP4, Limits(probe_wall_s=2), None)


def test_a_child_that_never_opens_the_file_is_not_the_files_fault(jail, monkeypatch) -> None:
    play(monkeypatch, DIES)

    with pytest.raises(MediaTransient):
        run_confined(jail, MP4, Limits(), None)


def test_a_child_that_floods_its_output_is_refused(jail: Jail, monkeypatch) -> None:
    play(monkeypatch, LOUD)

    with pytest.raises(MediaRefused) as refused:
        run_confined(jail, MP4, Limits(), None)

    assert refused.value.code == "decode_failed"


def test_an_upload_cannot_leave_a_child_behind_when_the_caller_fails(jail, monkeypatch) -> None:
    play(monkeypatch, HANGS)

    with pytest.raises(RuntimeError), started(jail, MP4, Limits()) as child:
        raise RuntimeError("the caller was interrupted")

    assert living(child._process.pid) == []


def test_inside_bubblewrap_there_is_nothing_but_the_upload(tmp_path: Path, monkeypatch) -> None:
    if not bubblewrap_works():
        pytest.skip("bubblewrap is not installed or not allowed here")
    (tmp_path / "in.mp4").write_bytes(b"upload")
    (tmp_path / "secret").write_bytes(b"secret")
    (tmp_path / "out").mkdir()
    seen = (
        "import json, os, pathlib; print(json.dumps({'event': 'seen', "
        "'root': sorted(os.listdir('/')), 'etc': os.listdir('/etc'), "
        "'upload': pathlib.Path('/upload/media').read_text(), "
        f"'secret': os.path.exists({str(tmp_path / 'secret')!r}), 'uid': os.getuid(), "
        "'names': sorted(os.environ)}))"
    )
    play(monkeypatch, seen)

    with started(Jail(tmp_path / "in.mp4", tmp_path / "out", True), MP4, Limits()) as child:
        (report,) = child.events()

    assert report["upload"] == "upload"
    assert not report["secret"]
    assert report["etc"] == ["ld.so.cache"]
    assert not {"proc", "sys", "var", "run"} & set(report["root"])
    assert report["uid"] == 65534
    assert set(report["names"]) <= {"LC_ALL", "OPENBLAS_NUM_THREADS", "PWD", "PYTHONPATH"}


def test_a_decoder_without_headway_is_given_up() -> None:
    endless = (
        "import time\nwhile True: print('frame=3\\nout_time_us=5\\nprogress=continue', flush=True);"
        "time.sleep(0.05)"
    )
    process = subprocess.Popen([sys.executable, "-c", endless], stdout=subprocess.PIPE)

    relay_progress(process, 1000, stall_s=0.5)

    assert process.returncode == -9


@pytest.mark.parametrize(
    ("said", "status", "raised"),
    [
        ("Error writing trailer: No space left on device", 228, OSError),
        ("Cannot allocate memory", 1, MediaRefused),
        ("Invalid data found when processing input", 1, MediaRefused),
    ],
)
def test_a_full_disk_is_the_machines_fault_and_not_the_files(tmp_path, said, status, raised):
    program = f"import sys; sys.stderr.write({said!r}); sys.exit({status})"
    probe = Probe("wav", 1.0, None, AudioStreamFacts("pcm_s16le", 16_000, 1))

    with pytest.raises(raised):
        transcode(
            [sys.executable, "-c", program],
            tmp_path,
            Findings(probe, None, AudioPlan(0, 1, is_float=False)),
            stall_s=10,
        )

    assert list(tmp_path.iterdir()) == []

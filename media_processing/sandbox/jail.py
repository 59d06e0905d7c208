"""Starting the confined child, and stopping it: bubblewrap where it works, a plain child else."""

import json
import logging
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import imageio_ffmpeg

from media_processing.sandbox.recognise import Container
from media_processing.sandbox.types import Limits, MediaTransient, Shape

logger = logging.getLogger(__name__)

# The child needs the interpreter, its libraries and this package; neither settings nor keys.
_PACKAGE = Path(__file__).resolve().parent
_ROOT = _PACKAGE.parent.parent
_JAIL_SOURCE, _JAIL_OUT, _JAIL_FFMPEG = Path("/upload/media"), Path("/canonical"), Path("/ffmpeg")
_SYSTEM_DIRECTORIES = (Path("/usr"), Path("/lib"), Path("/lib64"), Path("/bin"))
_LIBRARY_CACHE = Path("/etc/ld.so.cache")
_CHILD = ("-m", "media_processing.sandbox.child")
_STARVED_CPU_SHARE = 0.5
_MAX_LINE_BYTES = 64 * 1024
_LOG_TAIL = 2000

Event = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Jail:
    """How one child sees its files: inside a mount namespace of its own or as the host does.

    ``channel`` is the one of the sound that becomes canonical, None for all of them mixed;
    ``shape`` the size and rate that the video gets, None for its own.
    """

    source: Path
    out_dir: Path
    isolated: bool
    channel: int | None = None
    shape: Shape | None = None

    def argv(self) -> list[str]:
        return confined_argv(_CHILD, self.out_dir, isolated=self.isolated, source=self.source)

    def request(self, container: Container, limits: Limits) -> str:
        """Return the one line that tells the child what to do."""
        return json.dumps(
            {
                "source": str(_JAIL_SOURCE if self.isolated else self.source),
                "container": container.name,
                "demuxer": container.demuxer,
                "out_dir": str(_JAIL_OUT if self.isolated else self.out_dir),
                "ffmpeg": str(_JAIL_FFMPEG) if self.isolated else ffmpeg_executable(),
                "readable": readable_paths(),
                "isolated": self.isolated,
                "limits": asdict(limits),
                "channel": self.channel,
                "shape": asdict(self.shape) if self.shape else None,
            }
        )


def confined_argv(
    program: Sequence[str], out_dir: Path, *, isolated: bool, source: Path | None = None
) -> list[str]:
    """Return the command line of a child that sees ``source`` and writes to ``out_dir`` only."""
    child = [sys.executable, "-s", "-B", "-P", *program]
    return [*_bubblewrap(source, out_dir), *child] if isolated else child


def readable_paths() -> list[str]:
    """Return what a child must be able to read to start at all."""
    return [str(path) for path in (*_interpreter_directories(), _LIBRARY_CACHE)]


def jailed_out_dir(out_dir: Path, *, isolated: bool) -> Path:
    """Return the folder for output as the child sees it."""
    return _JAIL_OUT if isolated else out_dir


@lru_cache(maxsize=1)
def ffmpeg_executable() -> str:
    """Return the path of the ffmpeg that the wheel carries."""
    return str(Path(imageio_ffmpeg.get_ffmpeg_exe()).resolve())


@lru_cache(maxsize=1)
def bubblewrap_works() -> bool:
    """Tell whether bubblewrap is installed and this kernel and container allow it."""
    if shutil.which("bwrap") is None:
        return False
    trial = ["bwrap", *_NAMESPACES, "--ro-bind", "/", "/", "--dev", "/dev", "true"]
    run = subprocess.run(trial, capture_output=True, check=False, timeout=20)  # noqa: S603
    return run.returncode == 0


_NAMESPACES = ("--unshare-all", "--die-with-parent", "--cap-drop", "ALL", "--clearenv")


def _bubblewrap(source: Path | None, out_dir: Path) -> list[str]:
    read_only = [
        part
        for path in (*_interpreter_directories(), _LIBRARY_CACHE)
        for part in ("--ro-bind-try", str(path), str(path))
    ]
    environment = [
        part for name, value in _environment().items() for part in ("--setenv", name, value)
    ]
    return [
        *("bwrap", *_NAMESPACES, "--uid", "65534", "--gid", "65534", *environment, *read_only),
        *("--dev", "/dev", "--ro-bind", ffmpeg_executable(), str(_JAIL_FFMPEG)),
        *(("--ro-bind", str(source), str(_JAIL_SOURCE)) if source else ()),
        *("--bind", str(out_dir), str(_JAIL_OUT)),
        *("--chdir", "/", "--"),
    ]


def _interpreter_directories() -> list[Path]:
    """Return the directories without which Python, PyAV and ffmpeg cannot start."""
    own = {Path(sys.prefix), Path(sys.base_prefix), Path(sys.executable).resolve().parent.parent}
    return sorted({*_SYSTEM_DIRECTORIES, *own, _PACKAGE} - {Path("/")})


def _environment() -> dict[str, str]:
    return {"PYTHONPATH": str(_ROOT), "LC_ALL": "C.UTF-8", "OPENBLAS_NUM_THREADS": "1"}


class Child:
    """A running child: an iterator over its events, with a wall limit that can be moved."""

    def __init__(self, process: subprocess.Popen[bytes], stderr: Path) -> None:
        self._process = process
        self._stderr = stderr
        self._timer: threading.Timer | None = None
        self._wall_s = 0.0
        self.timed_out = False
        self.starved = False

    def allow(self, wall_s: float) -> None:
        """Kill the child unless it ends, or is allowed more, within ``wall_s`` from now."""
        if self._timer is not None:
            self._timer.cancel()
        self._wall_s = wall_s
        self._timer = threading.Timer(wall_s, self._time_out)
        self._timer.daemon = True
        self._timer.start()

    def events(self) -> Iterator[Event]:
        """Yield what the child says until it ends. What is not an event is passed over."""
        assert self._process.stdout is not None
        while line := self._process.stdout.readline(_MAX_LINE_BYTES):
            event = _parsed(line)
            if event is not None:
                yield event

    def log(self) -> str:
        """Return the end of what the child wrote to standard error, for the log alone."""
        return self._stderr.read_bytes()[-_LOG_TAIL:].decode("utf-8", "replace")

    def stop(self) -> None:
        """Kill the whole process group and wait for it."""
        if self._timer is not None:
            self._timer.cancel()
        with suppress(ProcessLookupError):  # It may have ended by itself.
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def wait(self) -> int:
        """Return the exit status once the child ended."""
        return self._process.wait()

    def _time_out(self) -> None:
        # A child that got little processor time was waiting for the machine, not working.
        self.starved = _group_cpu_s(self._process.pid) < _STARVED_CPU_SHARE * self._wall_s
        self.timed_out = True
        os.killpg(self._process.pid, signal.SIGKILL)


@contextmanager
def started(jail: Jail, container: Container, limits: Limits) -> Iterator[Child]:
    """Start the child for one upload and make sure that it is gone afterwards.

    Raises MediaTransient where no process can be started.
    """
    stderr = jail.out_dir / "child.log"
    with stderr.open("wb") as log:
        process = start_confined(jail.argv(), log.fileno())
    child = Child(process, stderr)
    child.allow(limits.probe_wall_s)
    try:
        assert process.stdin is not None
        with process.stdin as pipe:
            pipe.write(jail.request(container, limits).encode() + b"\n")
        yield child
    except BrokenPipeError as error:
        raise MediaTransient(f"the confined child did not start: {child.log()}") from error
    finally:
        child.stop()
        if process.stdout is not None:
            process.stdout.close()
        stderr.unlink(missing_ok=True)


def start_confined(argv: list[str], stderr: int) -> subprocess.Popen[bytes]:
    """Start a child in a session of its own. Raises MediaTransient where none can be started."""
    try:
        return subprocess.Popen(  # noqa: S603  # bubblewrap or this interpreter, by full argv
            argv,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            env=_environment() | {"PATH": os.defpath},
            cwd="/",
            start_new_session=True,
        )
    except OSError as error:
        raise MediaTransient(f"no process could be started: {error}") from error


def _group_cpu_s(group: int) -> float:
    """Return the processor time of the living processes of a group (proc(5), stat)."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text(errors="replace").rpartition(")")[2].split()
        except OSError:
            continue  # It ended while the list was read.
        if int(fields[2]) == group:
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def _parsed(line: bytes) -> Event | None:
    try:
        event = json.loads(line)
    except ValueError:
        return None
    return event if isinstance(event, dict) and isinstance(event.get("event"), str) else None

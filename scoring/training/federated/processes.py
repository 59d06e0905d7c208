"""Starts the processes of a federation on this machine, and stops all of them whatever happens.

One SuperLink (server), and for each branch a SuperNode (its line to the server) and the branch's
own process with the rows. Server and branches speak TLS; branches are known by their keys.
"""

import ctypes
import os
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from scoring.training.artifact_files import read_json
from scoring.training.federated import certificates, flower_app, prepare

HOST = "127.0.0.1"
START_S = 300
STOP_S = 8
SIGNAL_WHEN_PARENT_ENDS = 1
REPOSITORY = Path(__file__).resolve().parents[3]


class FederationError(RuntimeError):
    """The federation could not be started, or ended without a result; the text says why."""


def flower_folder() -> Path:
    """Return where Flower is installed, apart from the site's packages.

    Raises FederationError where it is missing.
    """
    folder = Path(os.environ.get("CREDITWEB_FEDERATED_DIR") or Path(sys.prefix) / "federated")
    if not (folder / "flwr").is_dir():
        raise FederationError("Flower is not installed: run `make setup-federated`.")
    return folder


class Processes:
    """A context in which the processes run; ``run`` waits for the result."""

    def __init__(self, folder: Path, branches: Sequence[Path]) -> None:
        """``folder`` holds agreement and settings of the run, ``branches`` are their folders."""
        self.folder, self.branches, self.site = folder, branches, flower_folder()
        self.running: list[tuple[str, subprocess.Popen[bytes]]] = []
        self.logs = folder / "logs"

    def __enter__(self) -> Self:
        self.logs.mkdir(exist_ok=True)
        write_launchers(self.site, self.folder / "bin")
        certificates.write_server(self.folder)
        self.port = free_port()
        self._start("superlink", *self._superlink())
        with ExitStack() as stack:
            stack.callback(self.stop)
            self._wait_for(self.port, "superlink")
            self._submit()
            for branch in self.branches:
                self._start_branch(branch)
            stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def run(self, timeout_s: float, progress: Callable[[int], None] = lambda rounds: None) -> Any:
        """Wait for the result. Raises FederationError where there is none."""
        until, told = time.monotonic() + timeout_s, 0
        while time.monotonic() < until:
            if (self.folder / "result.json").is_file():
                return read_json(self.folder / "result.json")
            if (self.folder / "failed.json").is_file():
                raise FederationError(read_json(self.folder / "failed.json")["error"])
            self._raise_for_ended()
            if (self.folder / "progress.json").is_file():
                rounds = len(read_json(self.folder / "progress.json")["rounds"])
                if rounds > told:
                    progress(told := rounds)
            time.sleep(0.3)
        raise FederationError(f"there is no result after {timeout_s:.0f} s")

    def stop(self) -> None:
        """Stop every process, the youngest first; who does not listen is killed."""
        for _, process in reversed(self.running):
            _signal(process, signal.SIGTERM)
        until = time.monotonic() + STOP_S
        for _, process in self.running:
            try:
                process.wait(max(0.1, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                pass
            finally:
                # The group too: a helper of a process that has ended may be left.
                _signal(process, signal.SIGKILL)
                process.wait()
        self.running.clear()

    def _superlink(self) -> list[str]:
        return [
            str(self.site / "bin" / "flower-superlink"),
            "--disable-runtime-dependency-installation",
            "--enable-supernode-auth",
            *("--host", HOST, "--port", str(self.port)),
            *("--ssl-ca-certfile", str(self.folder / "ca.pem")),
            *("--ssl-certfile", str(self.folder / "server.pem")),
            *("--ssl-keyfile", str(self.folder / certificates.SERVER_KEY)),
        ]

    def _submit(self) -> None:
        flower_app.write(self.folder / "app", self.folder)
        prepare.write_connection(self.folder, f"{HOST}:{self.port}")
        keys = [str(branch / "node.pub") for branch in self.branches]
        module = "scoring.training.federated.flower_submit"
        command = ["-m", module, str(self.folder / "app"), prepare.CONNECTION, *keys]
        self._start("submit", *command)
        name, process = self.running.pop()
        if process.wait(START_S) != 0:
            raise FederationError(f"the run could not be submitted: {self._last_line(name)}")

    def _start_branch(self, branch: Path) -> None:
        port = free_port()
        name = branch.name
        self._start(
            f"{name}-supernode",
            str(self.site / "bin" / "flower-supernode"),
            *("--superlink", f"{HOST}:{self.port}"),
            *("--root-certificates", str(self.folder / "ca.pem")),
            *("--auth-supernode-private-key", str(branch / "node.key")),
            *("--isolation", "process", "--host", HOST, "--port", str(port)),
        )
        module = "scoring.training.federated.flower_branch"
        self._start(name, "-m", module, str(branch), "--runtime", f"{HOST}:{port}")

    def _start(self, name: str, *command: str) -> None:
        environment = {
            **os.environ,
            "PYTHONPATH": f"{self.site}:{REPOSITORY}",
            # Flower starts its own helpers by name.
            "PATH": f"{self.folder / 'bin'}:{Path(sys.executable).parent}:{os.environ['PATH']}",
            "FLWR_HOME": str(self.folder / "home"),
            "FLWR_TELEMETRY_ENABLED": "0",
            "FLWR_DISABLE_UPDATE_CHECK": "1",
            "FLWR_SUPEREXEC_TASK_POLL_INTERVAL": "0.2",
            "OMP_NUM_THREADS": "1",
        }
        with (self.logs / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(  # noqa: S603 -- fixed commands, no shell
                [sys.executable, *command],
                env=environment,
                cwd=self.folder,
                stdout=log,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                preexec_fn=_end_with_parent,  # noqa: PLW1509 -- the child only calls prctl
            )
        self.running.append((name, process))

    def _wait_for(self, port: int, name: str) -> None:
        until = time.monotonic() + START_S
        while time.monotonic() < until:
            self._raise_for_ended()
            with socket.socket() as trial:
                trial.settimeout(1)
                if trial.connect_ex((HOST, port)) == 0:
                    return
            time.sleep(0.2)
        raise FederationError(f"{name} did not start within {START_S} s")

    def _raise_for_ended(self) -> None:
        for name, process in self.running:
            if process.poll() is not None:
                raise FederationError(f"{name} has ended: {self._last_line(name)}")

    def _last_line(self, name: str) -> str:
        text = (self.logs / f"{name}.log").read_text(encoding="utf-8", errors="replace")
        lines = [line for line in text.splitlines() if line.strip()]
        return lines[-1] if lines else "it said nothing"


def write_launchers(site: Path, folder: Path) -> None:
    """Write a launcher of each of Flower's commands that runs it with this Python.

    The installed ones name the Python that installed them, and end where a checkout was moved.
    """
    folder.mkdir(exist_ok=True)
    for command in (*site.glob("bin/flower-*"), *site.glob("bin/flwr*")):
        launcher = folder / command.name
        line = shlex.join([sys.executable, str(command)])
        launcher.write_text(f'#!/bin/sh\nexec {line} "$@"\n', encoding="utf-8")
        launcher.chmod(0o755)


def free_port() -> int:
    """Return a port of this machine that nobody listens on now."""
    with socket.socket() as trial:
        trial.bind((HOST, 0))
        return int(trial.getsockname()[1])


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        return


def _end_with_parent() -> None:
    """Have the kernel end this process with the one that started it, even if that is killed."""
    ctypes.CDLL(None).prctl(SIGNAL_WHEN_PARENT_ENDS, signal.SIGTERM)

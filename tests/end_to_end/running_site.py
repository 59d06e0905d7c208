"""A whole site for browser tests: uvicorn, workers and beat over the test database."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from creditweb.local import ROOT
from creditweb.supervisor import commands

START_TIMEOUT_S = 60
STOP_TIMEOUT_S = 15


class Site:
    """The processes of one site; ``url`` is where it answers. Logs lie in ``folder``.

    ``environment`` is what a command needs to speak to the same database and storage.
    """

    def __init__(self, folder: Path, database: str) -> None:
        self.folder = folder
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = os.environ | {
            "DATABASE_URL": _with_database(os.environ["DATABASE_URL"], database),
            "DJANGO_SETTINGS_MODULE": "tests.end_to_end.settings",
            "CREDITWEB_STATE_DIR": str(folder),
            "CREDITWEB_TEST_STATIC_ROOT": str(folder / "static"),
            "MEDIA_STORAGE_URL": f"file://{folder / 'media'}",
            "OMP_NUM_THREADS": "1",
        }
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    def start(self) -> None:
        """Collect the static files, start every process and wait until pages are answered."""
        self.collect_static()
        for name in commands("127.0.0.1", str(self.port)):
            self.start_process(name)
        self.wait_until_answering()

    def collect_static(self) -> None:
        collect = [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"]
        subprocess.run(collect, cwd=ROOT, env=self.environment, check=True)

    def start_process(self, name: str) -> None:
        """Start one of the processes that :func:`commands` names."""
        with (self.folder / f"{name}.log").open("ab") as log:
            self._processes[name] = subprocess.Popen(
                commands("127.0.0.1", str(self.port))[name],
                cwd=ROOT, env=self.environment, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip

    def pid(self, name: str) -> int:
        return self._processes[name].pid

    def kill_process(self, name: str) -> None:
        """End a process and its children at once, as a power cut would."""
        process = self._processes.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def stop(self) -> None:
        for process in self._processes.values():
            process.terminate()
        for process in self._processes.values():
            try:
                process.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def wait_until_answering(self) -> None:
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(f"{self.url}/livez", timeout=5):
                    return
            except OSError:  # refused, cut off, or too busy to answer yet
                time.sleep(0.2)
        raise TimeoutError((self.folder / "web.log").read_text()[-2000:])


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _with_database(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))

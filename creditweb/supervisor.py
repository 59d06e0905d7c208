"""``make run``: every process of the site on one machine, restarted when it ends by itself."""

import importlib.util
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from creditweb.demo_logins import DEMO_LOGINS, DEMO_PASSWORD
from creditweb.local import ROOT, provide_environment, state_dir, stop_services

STOP_GRACE_S = 20
WATCH_INTERVAL_S = 1.0
ANSWER_S = 60
# Some of requirements-training.txt, enough to know that it was installed.
TRAINING_PACKAGES = ("torch", "pandas", "sklearn", "lightgbm", "optbinning")
Processes = dict[str, "subprocess.Popen[bytes]"]

WELCOME = """
  creditweb runs at http://{host}:{port}/

  Sign in as
{logins}

  Ctrl-C stops it; the data stays. Logs: {logs}
"""


def commands(host: str, port: str) -> dict[str, list[str]]:
    """Return the command line of each process; compose.yaml starts the same ones."""
    python = sys.executable
    celery = [python, "-m", "celery", "-A", "creditweb"]
    worker = [*celery, "worker", "--loglevel", "WARNING", "--without-gossip", "--without-mingle"]
    patient = ["nice", "-n", "10", *worker]
    web = [python, "-m", "uvicorn", "creditweb.asgi:application", "--log-level", "warning"]
    address = ["--host", host, "--port", port]
    return {
        "web": [*web, "--no-server-header", "--timeout-graceful-shutdown", "3", *address],
        # What waits for nobody gives way to what somebody is looking at.
        "media": [*patient, "-Q", "media", "--concurrency", "2", "--hostname", "media@%h"],
        "live": [*worker, "-Q", "live", "--concurrency", "2", "--hostname", "live@%h"],
        "scoring": [*worker, "-Q", "scoring", "--concurrency", "1", "--hostname", "scoring@%h"],
        "training": [*patient, "-Q", "training", "--concurrency", "1", "--hostname", "training@%h"],
        "beat": [*celery, "beat", "--loglevel", "WARNING", "--schedule", str(state_dir() / "beat")],
    }


def startable(host: str, port: str) -> dict[str, list[str]]:
    """Return the commands without those whose packages are not installed: training is optional."""
    lines = commands(host, port)
    if not all(importlib.util.find_spec(name) for name in TRAINING_PACKAGES):
        del lines["training"]
    return lines


def run(host: str, port: str) -> None:
    """Start everything, seed the demo once, and stop cleanly on Ctrl-C.

    The accounts are there before the page to sign in is; histories and recordings follow.
    """
    provide_environment()
    _manage("migrate", "--verbosity", "0")
    _manage("sync_model_versions", "--verbosity", "0")
    _manage("sync_question_lists", "--verbosity", "0")
    _manage("seed_demo", "--once", "--accounts")
    _manage("collectstatic", "--noinput", "--verbosity", "0")
    processes = {name: _start(name, line) for name, line in startable(host, port).items()}
    try:
        _wait_until_answered(host, port, processes["web"])
        print(_welcome(host, port), flush=True)
        _manage("seed_demo", "--once")
        _manage("seed_demo", "--once", "--recordings")
        _watch(processes)
    except KeyboardInterrupt:
        print("\nStopping …", flush=True)
    finally:
        _stop(processes)
        stop_services()


def _manage(*arguments: str) -> None:
    subprocess.run([sys.executable, ROOT / "manage.py", *arguments], check=True, cwd=ROOT)


def _start(name: str, command: list[str]) -> "subprocess.Popen[bytes]":
    """Start a process that writes to a log of its own."""
    _log_dir().mkdir(exist_ok=True)
    with (_log_dir() / f"{name}.log").open("ab") as log:
        # In a session of its own: Ctrl-C reaches only this process, which then stops the rest.
        return subprocess.Popen(
            command, cwd=ROOT, start_new_session=True, stdout=log, stderr=subprocess.STDOUT
        )


def _wait_until_answered(host: str, port: str, web: "subprocess.Popen[bytes]") -> None:
    """Return once the site takes connections; also where it ended, or takes none in a minute."""
    deadline = time.monotonic() + ANSWER_S
    while web.poll() is None and time.monotonic() < deadline:
        try:
            socket.create_connection((_shown(host), int(port)), timeout=1).close()
        except OSError:
            time.sleep(0.2)
        else:
            return


def _log_dir() -> Path:
    return state_dir() / "logs"


def _watch(processes: Processes) -> None:
    """Restart a process that ended by itself; the jobs it held go on from their rows."""
    while True:
        for name, process in processes.items():
            if process.poll() is not None:
                print(
                    f"{name} ended with code {process.returncode}; starting it again.", flush=True
                )
                processes[name] = _start(name, list(map(str, process.args)))
        time.sleep(WATCH_INTERVAL_S)


def _stop(processes: Processes) -> None:
    for process in processes.values():
        if process.poll() is None:
            process.terminate()
    deadline = time.monotonic() + STOP_GRACE_S
    for process in processes.values():
        try:
            process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)


def _welcome(host: str, port: str) -> str:
    logins = "\n".join(
        f"    {name:<10} {DEMO_PASSWORD}   {role}" for name, role in DEMO_LOGINS.items()
    )
    return WELCOME.format(host=_shown(host), port=port, logins=logins, logs=_log_dir())


def _shown(host: str) -> str:
    return "127.0.0.1" if host == "0.0.0.0" else host  # noqa: S104  # only compared


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _interrupt)
    run(os.environ.get("HOST", "127.0.0.1"), os.environ.get("PORT", "8000"))

"""A confined process really cannot do what the guide says it cannot."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from media_processing.sandbox.confine import filter_program

ROOT = Path(__file__).resolve().parents[3]

TRIALS = """
import ctypes, json, os, resource, socket, sys
from pathlib import Path
from media_processing.sandbox.confine import confine
from media_processing.sandbox.types import Limits

inside, outside = Path(sys.argv[1]), Path(sys.argv[2])
readable = [Path("/usr"), Path("/lib"), Path("/lib64"), Path(sys.prefix)]
protections = confine(Limits(), readable=readable, writable=inside, isolated=False)

def attempt(action):
    try:
        action()
    except (OSError, MemoryError) as error:
        return type(error).__name__
    return "allowed"

print(json.dumps({
    "protections": protections,
    "tcp": attempt(lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM)),
    "unix": attempt(lambda: socket.socket(socket.AF_UNIX)),
    "write_inside": attempt(lambda: (inside / "a").write_text("a")),
    "read_outside": attempt(lambda: (outside / "secret").read_text()),
    "write_outside": attempt(lambda: (outside / "b").write_text("b")),
    "list_outside": attempt(lambda: list(outside.iterdir())),
    "read_etc": attempt(lambda: Path("/etc/passwd").read_text()),
    "memory": attempt(lambda: bytearray(3 * 1024**3)),
    "ptrace": ctypes.CDLL(None).ptrace(0, 0, None, None),
    "unshare": ctypes.CDLL(None).unshare(0x10000000),
    "core": resource.getrlimit(resource.RLIMIT_CORE),
    "socketpair": attempt(lambda: socket.socketpair()),
}))
"""


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> dict:
    inside, outside = tmp_path_factory.mktemp("inside"), tmp_path_factory.mktemp("outside")
    (outside / "secret").write_text("secret")
    run = subprocess.run(
        [sys.executable, "-c", TRIALS, str(inside), str(outside)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return json.loads(run.stdout)


def in_force(report: dict, protection: str) -> None:
    if protection not in report["protections"]:
        pytest.skip(f"this kernel offers no {protection}")


def test_resource_limits_hold(report: dict) -> None:
    assert report["memory"] == "MemoryError"
    assert report["core"] == [0, 0]


def test_no_socket_of_any_kind(report: dict) -> None:
    in_force(report, "seccomp")
    assert report["tcp"] == report["unix"] == report["socketpair"] == "PermissionError"


def test_no_tracing_and_no_new_namespaces(report: dict) -> None:
    in_force(report, "seccomp")
    assert report["ptrace"] == report["unshare"] == -1


def test_only_the_given_paths(report: dict) -> None:
    in_force(report, "landlock")
    assert report["write_inside"] == "allowed"
    for trial in ("read_outside", "write_outside", "list_outside", "read_etc"):
        assert report[trial] == "PermissionError", trial


def run_filter(program: bytes, arch: int, number: int) -> int:
    """Interpret the classic BPF program for one system call."""
    lines = [
        (
            int.from_bytes(program[at : at + 2], sys.byteorder),
            program[at + 2],
            program[at + 3],
            int.from_bytes(program[at + 4 : at + 8], sys.byteorder),
        )
        for at in range(0, len(program), 8)
    ]
    value, at = 0, 0
    while True:
        code, if_true, if_false, constant = lines[at]
        at += 1
        if code == 0x20:
            value = {0: number, 4: arch}[constant]
        elif code == 0x15:
            at += if_true if value == constant else if_false
        elif code == 0x35:
            at += if_true if value >= constant else if_false
        else:
            return constant


@pytest.mark.parametrize("number", [41, 101, 321, 425, 0x40000001])
def test_the_filter_refuses_denied_and_foreign_numbers(number: int) -> None:
    program = filter_program(0xC000003E, [41, 101, 321, 425])

    assert run_filter(program, 0xC000003E, number) == 0x00050001


@pytest.mark.parametrize("number", [0, 1, 40, 42, 426])
def test_the_filter_allows_the_rest_and_kills_another_architecture(number: int) -> None:
    program = filter_program(0xC000003E, [41, 101, 321, 425])

    assert run_filter(program, 0xC000003E, number) == 0x7FFF0000
    assert run_filter(program, 0x40000003, number) == 0x80000000

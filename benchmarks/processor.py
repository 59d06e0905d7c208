"""Processor time of a process and of all that it started, from proc(5)."""

import os
from dataclasses import dataclass
from pathlib import Path

TICKS_PER_S = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class _Process:
    parent: int
    name: str
    ticks: int


def cpu_s(leader: int, *, named: str = "") -> float:
    """Return seconds of processor time of ``leader`` and its descendants, ended ones included.

    With ``named`` only of those whose command begins so.
    """
    processes = _processes()
    family, size = {leader}, 0
    while len(family) > size:
        size = len(family)
        family |= {pid for pid, one in processes.items() if one.parent in family}
    counted = (processes[pid] for pid in family if pid in processes)
    return sum(one.ticks for one in counted if one.name.startswith(named)) / TICKS_PER_S


def _processes() -> dict[int, _Process]:
    found = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            before, _, after = path.read_text(errors="replace").rpartition(")")
        except OSError:
            continue  # It ended while the list was read.
        fields = after.split()
        ticks = sum(int(field) for field in fields[11:15])
        name = before.partition("(")[2]
        found[int(path.parent.name)] = _Process(int(fields[1]), name, ticks)
    return found

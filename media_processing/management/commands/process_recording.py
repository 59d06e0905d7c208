"""``manage.py process_recording FILE``: analyse one file without the site.

With ``--json`` standard output carries one JSON object and nothing else. A refused file ends with
exit status 2, a machine that was too busy with 3; both say why in the same form.
"""

import json
import os
import sys
import tempfile
from argparse import ArgumentParser
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

# The landmark library greets on standard error unless told not to before it is loaded.
os.environ.setdefault("GLOG_minloglevel", "2")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

from media_processing.process_recording import (  # after the lines above
    ANY_KIND,
    MODALITIES_OF_KIND,
    as_json,
    process_recording,
)
from media_processing.sandbox.types import MediaRefused, MediaTransient  # as above
from media_processing.selectors import WEIGHTS_DIR  # as above

REFUSED, BUSY = 2, 3
MISSING = "There is no file at {path}. Check the path and try again."


class Command(BaseCommand):
    """Runs the stages of the worker over one file and prints what they found."""

    help = "Analyse one recording and print what was found."
    requires_system_checks: list[str] = []  # Django reads it from the class

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--kind", choices=sorted(MODALITIES_OF_KIND), default=ANY_KIND)
        parser.add_argument("--json", action="store_true", help="one JSON object, nothing else")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        if not path.exists():
            self._fail("file_missing", MISSING.format(path=path), REFUSED, options["json"])
        try:
            found = self._found(path, options["kind"])
        except MediaRefused as refusal:
            self._fail(refusal.code, refusal.message, REFUSED, options["json"])
        except MediaTransient as trouble:
            self._fail("machine_busy", f"Try again later: {trouble}.", BUSY, options["json"])
        else:
            text = json.dumps(found) if options["json"] else "\n".join(readable(found))
            self.stdout.write(text)

    def _found(self, path: Path, kind: str) -> dict[str, Any]:
        # Whatever a library prints goes to standard error: standard output is the answer's.
        with tempfile.TemporaryDirectory() as workdir, redirect_stdout(sys.stderr):
            recording = process_recording(path, Path(workdir), kind=kind, weights_dir=WEIGHTS_DIR)
            return as_json(recording, WEIGHTS_DIR)

    def _fail(self, code: str, message: str, status: int, as_object: bool) -> None:
        if as_object:
            self.stdout.write(json.dumps({"error": {"code": code, "message": message}}))
        else:
            self.stderr.write(f"{message} ({code})")
        sys.exit(status)


def readable(found: dict[str, Any]) -> list[str]:
    """Return the findings as lines for a person."""
    return [
        f"{found['file']}  sha256 {found['sha256'][:16]}…",
        _probe_line(found["probe"]),
        *(f"  {finding['severity']}: {finding['advice']}" for finding in found["quality"]),
        *(_modality_line(name, state) for name, state in found["modalities"].items()),
        *_signal_lines(found["summary"]["modalities"]),
        "seconds: " + ", ".join(f"{stage} {s:.2f}" for stage, s in found["timings_s"].items()),
    ]


def _probe_line(probe: dict[str, Any]) -> str:
    video, audio = probe["video"], probe["audio"]
    parts = [f"{probe['container']}, {probe['duration_s']:.1f} s"]
    if video:
        size = f"{video['width']} × {video['height']}"
        parts.append(f"{video['codec']} {size}, {video['fps']:g} per second")
    if audio:
        parts.append(f"{audio['codec']} {audio['sample_rate_hz']} Hz")
    return "; ".join(parts)


def _modality_line(name: str, state: dict[str, Any]) -> str:
    figures = {key: value for key, value in state.items() if key not in {"status", "reason"}}
    known = ", ".join(f"{key} {value}" for key, value in figures.items() if value is not None)
    reason = f" ({state['reason']})" if state["reason"] else ""
    return f"{name}: {state['status']}{reason}: {known}"


def _signal_lines(modalities: dict[str, Any]) -> list[str]:
    lines = []
    for name, summary in modalities.items():
        if summary is not None:
            means = sorted(summary["mean_probabilities"].items(), key=lambda pair: -pair[1])
            signal = ", ".join(f"{label} {p:.0%}" for label, p in means[:3])
            lines.append(f"observed expression signal, {name}: {signal}")
    return lines

"""The confined program: reads one request, opens one upload, writes its canonical media.

Started by :mod:`media_processing.sandbox.jail` and by nothing else. Standard input carries the
request, standard output one JSON object per line: ``confined``, ``probe``, ``progress``, then
``done`` or ``refused``.
"""

import errno
import json
import subprocess
import sys
import time
from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from media_processing.sandbox.confine import confine
from media_processing.sandbox.ffmpeg import (
    AUDIO_NAME,
    PLAYBACK_NAME,
    AudioPlan,
    TranscodePlan,
    VideoPlan,
    ffmpeg_argv,
)
from media_processing.sandbox.probe import Findings, inspect
from media_processing.sandbox.types import Limits, MediaRefused, Shape

_LOG_NAME = "ffmpeg.log"
_LOG_TAIL = 2000
# How ffmpeg words what ran out; our own encoder settings are always valid.
_DISK_FULL = "No space left on device"
_OUT_OF_MEMORY = ("Cannot allocate memory", "pthread_create", "while opening encoder")
# Without the memory for a thread it drops pictures, says so, and still ends as if all were well.
_DROPPED_PICTURES = "Failed initializing scaling graph"


@dataclass(frozen=True, slots=True)
class Request:
    """What the parent asks: paths as this process sees them."""

    source: str
    container: str
    demuxer: str
    out_dir: str
    ffmpeg: str
    readable: list[str]
    isolated: bool
    limits: dict[str, Any]
    channel: int | None = None
    shape: dict[str, Any] | None = None


def main() -> None:
    request = Request(**json.loads(sys.stdin.readline()))
    limits = Limits(**request.limits)
    readable = [Path(path) for path in (request.source, request.ffmpeg, *request.readable)]
    protections = confine(
        limits, readable=readable, writable=Path(request.out_dir), isolated=request.isolated
    )
    _tell("confined", protections=protections)
    try:
        _process(request, limits)
    except MediaRefused as refusal:
        _tell("refused", code=refusal.code, figures=refusal.figures, detail=refusal.detail)
    except MemoryError:
        _tell("refused", code="limit", figures={}, detail="memory")
    except OSError as error:
        # The file is read by decoders alone; what fails here is the machine: disk, processes.
        _tell("machine", detail=str(error))
    else:
        _tell("done")


def _process(request: Request, limits: Limits) -> None:
    findings = inspect(request.source, request.container, request.demuxer, limits)
    _tell("probe", **asdict(findings.probe))
    plan = TranscodePlan(
        source=Path(request.source),
        demuxer=request.demuxer,
        out_dir=Path(request.out_dir),
        max_duration_s=limits.max_duration_s,
        video=_with_shape(findings.video, request.shape),
        audio=_with_channel(findings.audio, request.channel),
    )
    argv = ffmpeg_argv(request.ffmpeg, plan)
    transcode(argv, Path(request.out_dir), findings, limits.stall_s)


def _with_shape(video: VideoPlan | None, wanted: dict[str, Any] | None) -> VideoPlan | None:
    """Return the plan for the size and rate of another recording, where one is wanted."""
    if video is None or wanted is None:
        return video
    shape = Shape(**wanted)
    return VideoPlan(
        video.index, shape.width_px, shape.height_px, Fraction(shape.rate), is_fitted=True
    )


def _with_channel(audio: AudioPlan | None, channel: int | None) -> AudioPlan | None:
    """Return the plan with the wanted channel; sound that lacks it stays mixed."""
    if audio is None or channel is None or channel >= audio.channels:
        return audio
    return replace(audio, channel=channel)


def transcode(argv: list[str], out_dir: Path, findings: Findings, stall_s: float) -> None:
    """Run ffmpeg and pass its progress on. Raises MediaRefused where it fails."""
    log = out_dir / _LOG_NAME
    with log.open("wb") as stderr:
        process = subprocess.Popen(  # noqa: S603  # the one argv builder made it
            argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=stderr, env={}
        )
        relay_progress(process, round(findings.probe.duration_s * 1000), stall_s)
    detail = log.read_bytes()[-_LOG_TAIL:].decode("utf-8", "replace")
    log.unlink()
    if process.returncode != 0 or _DROPPED_PICTURES in detail or not _complete(out_dir, findings):
        raise _failure(process.returncode, detail)


def _failure(status: int, log: str) -> Exception:
    if _DISK_FULL in log:
        return OSError(errno.ENOSPC, _DISK_FULL)
    signs = (*_OUT_OF_MEMORY, _DROPPED_PICTURES)
    is_exhausted = status < 0 or any(sign in log for sign in signs)
    return MediaRefused(
        "limit" if is_exhausted else "decode_failed", detail=f"ffmpeg {status}: {log}"
    )


def relay_progress(process: subprocess.Popen[bytes], total_ms: int, stall_s: float) -> None:
    """Pass the progress on until ffmpeg ends; kill it where it makes no headway.

    ffmpeg reports twice a second even while its decoders wait for each other for ever.
    """
    assert process.stdout is not None
    moved_at = time.monotonic()
    headway: dict[bytes, bytes] = {}
    for line in process.stdout:
        key, _, value = line.strip().partition(b"=")
        if key == b"out_time_us" and value.isdigit():
            _tell("progress", done=min(int(value) // 1000, total_ms), total=total_ms)
        if key in {b"frame", b"out_time_us", b"total_size"} and headway.get(key) != value:
            moved_at, headway[key] = time.monotonic(), value
        elif time.monotonic() - moved_at > stall_s:
            process.kill()
    process.wait()


def _complete(out_dir: Path, findings: Findings) -> bool:
    expected = {PLAYBACK_NAME: findings.video, AUDIO_NAME: findings.audio}
    wanted = [out_dir / name for name, plan in expected.items() if plan is not None]
    return all(path.is_file() and path.stat().st_size > 0 for path in wanted)


def _tell(event: str, **content: Any) -> None:
    sys.stdout.write(json.dumps({"event": event, **content}) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()

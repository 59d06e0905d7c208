"""Decoding a take while it grows: bytes go into a confined child, pictures and sound come out.

Two threads move the bytes, so that whoever feeds the decoder never waits for it. What comes out
is held back at :data:`HELD_MESSAGES`: a decoder that nobody listens to stops, and loses nothing.
"""

import fcntl
import json
import os
import queue
import signal
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from media_processing.sandbox.canonicalise import parsed_refusal
from media_processing.sandbox.ffmpeg import AUDIO_RATE_HZ
from media_processing.sandbox.jail import (
    bubblewrap_works,
    confined_argv,
    jailed_out_dir,
    readable_paths,
    start_confined,
)
from media_processing.sandbox.probe import MAX_CANONICAL_SIDE_PX
from media_processing.sandbox.recognise import Container
from media_processing.sandbox.types import Limits, MediaRefused

HELD_MESSAGES = 24
# Some seconds of a recorder's bytes, and what an ordinary user may ask for (pipe(7)).
PIPE_BYTES = 1024**2
_CHILD = ("-m", "media_processing.sandbox.live_child")
_MAX_LINE_BYTES = 64 * 1024
_MAX_SOUND_BYTES = 2 * 2 * AUDIO_RATE_HZ * 120
_MAX_PICTURE_BYTES = 3 * MAX_CANONICAL_SIDE_PX**2
_MAX_SKIPPED = 1_000_000
_MIN_SIDE_PX = 2
# What reading a message raises that no honest child sends: infinite numbers and deep nesting too.
_ODD = (KeyError, TypeError, ValueError, OverflowError, RecursionError, MemoryError)


@dataclass(frozen=True, slots=True)
class Picture:
    """An upright picture, (height, width, 3) uint8 BGR, ``t_s`` after the start of the take.

    ``skipped`` pictures since the last one were not decoded, for want of time.
    """

    t_s: float
    image_bgr: npt.NDArray[np.uint8]
    skipped: int = 0


@dataclass(frozen=True, slots=True)
class Sound:
    """The next samples at 16 kHz, (n, channels) int16 with one or two channels."""

    samples: npt.NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class Ended:
    """The last message: the take is decoded to its end, or ``refusal`` says why not."""

    refusal: MediaRefused | None = None


Message = Picture | Sound | Ended


class TakeDecoder:
    """A running child for one take.

    A take that comes to more than ``limits.max_duration_s``, by sound or pictures, ends there: what
    a gap in its time stamps is filled with costs its sender nothing.
    ``rate_hz`` is the highest rate of pictures; those before ``resume_s`` are left out. While more
    than ``skip_after_s`` of the take wait to be decoded, only keyframes are; None: never. Use as a
    context manager: on exit the child and whatever it started are gone. Raises MediaTransient
    where no process can be started.
    """

    def __init__(
        self,
        container: Container,
        out_dir: Path,
        *,
        rate_hz: float,
        resume_s: float = 0.0,
        skip_after_s: float | None = None,
        limits: Limits | None = None,
    ) -> None:
        limits = limits or Limits()
        self._longest_s, self._heard_s = limits.max_duration_s, 0.0
        # Each moment at which a picture is due brings one or is skipped, give or take.
        self._pictures_left = 2 * rate_hz * (limits.max_duration_s + 1)
        isolated = bubblewrap_works()
        self._log = out_dir / "live_child.log"
        with self._log.open("wb") as log:
            argv = confined_argv(_CHILD, out_dir.resolve(), isolated=isolated)
            self._process = start_confined(argv, log.fileno())
        _widen(_pipe(self._process.stdin))
        request = {
            "container": container.name,
            "demuxer": container.demuxer,
            "out_dir": str(jailed_out_dir(out_dir.resolve(), isolated=isolated)),
            "readable": readable_paths(),
            "isolated": isolated,
            "rate_hz": rate_hz,
            "resume_s": resume_s,
            "skip_after_s": skip_after_s,
            "limits": asdict(limits),
        }
        self._fed: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._fed.put(json.dumps(request).encode() + b"\n")
        self._messages: queue.Queue[Message] = queue.Queue(HELD_MESSAGES)
        self._closed = threading.Event()
        self._threads = [
            threading.Thread(target=work, name=name, daemon=True)
            for name, work in (("take-in", self._write), ("take-out", self._read))
        ]
        for thread in self._threads:
            thread.start()

    def __enter__(self) -> "TakeDecoder":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def feed(self, content: bytes) -> None:
        """Give the next bytes of the take."""
        if content:
            self._fed.put(content)

    def finish(self) -> None:
        """Say that the take ends here; an ``Ended`` follows once all of it is decoded."""
        self._fed.put(None)

    def ready(self, *, wait_s: float = 0.0) -> Iterator[Message]:
        """Yield what is decoded by now; wait up to ``wait_s`` for the first message."""
        with suppress(queue.Empty):
            yield self._messages.get(timeout=wait_s) if wait_s > 0 else self._messages.get_nowait()
            while True:
                yield self._messages.get_nowait()

    def log(self) -> str:
        """Return the end of what the child wrote to standard error, for the log alone."""
        return self._log.read_bytes()[-2000:].decode("utf-8", "replace")

    def close(self) -> None:
        """Kill the child and wait for it."""
        self._closed.set()
        self._fed.put(None)
        with suppress(ProcessLookupError):  # It may have ended by itself.
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        for thread in self._threads:
            thread.join()
        self._log.unlink(missing_ok=True)

    def _write(self) -> None:
        pipe = _pipe(self._process.stdin)
        # A child that gave up reads no more; why, the other thread hears.
        with suppress(BrokenPipeError), pipe:
            while (content := self._fed.get()) is not None:
                pipe.write(content)
                pipe.flush()

    def _read(self) -> None:
        with _pipe(self._process.stdout) as pipe:
            ended = None
            while ended is None:
                message = self._within(self._next(pipe))
                self._put(message)
                ended = message if isinstance(message, Ended) else None

    def _within(self, message: Message) -> Message:
        """Return the message, or the end where the take is longer than any may be."""
        until_s = 0.0
        if isinstance(message, Picture):
            until_s = message.t_s
            self._pictures_left -= 1 + message.skipped
        elif isinstance(message, Sound):
            self._heard_s += len(message.samples) / AUDIO_RATE_HZ
        if max(until_s, self._heard_s) > self._longest_s or self._pictures_left < 0:
            return Ended(MediaRefused("too_long", limit_minutes=self._longest_s / 60))
        return message

    def _put(self, message: Message) -> None:
        while not self._closed.is_set():
            with suppress(queue.Full):
                self._messages.put(message, timeout=0.2)
                return

    def _next(self, pipe: IO[bytes]) -> Message:
        """Return the child's next message; its words are not trusted, and what is odd ends all."""
        while line := pipe.readline(_MAX_LINE_BYTES):
            try:
                message = _parsed(json.loads(line), pipe)
            except _ODD as error:
                return Ended(MediaRefused("decode_failed", detail=f"unexpected: {error!r}"))
            if message is not None:
                return message
        return Ended(MediaRefused("decode_failed", detail="the confined child ended early"))


def _widen(pipe: IO[bytes]) -> None:
    """Let the child see how much waits for it: it skips by that, and sees no further."""
    with suppress(OSError):  # Past what a user may have; what there is does too.
        fcntl.fcntl(pipe.fileno(), fcntl.F_SETPIPE_SZ, PIPE_BYTES)


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None
    return pipe


def _parsed(event: dict[str, Any], pipe: IO[bytes]) -> Message | None:
    name, size = event["event"], int(event["bytes"])
    if name == "picture":
        return _picture(event, _payload(pipe, size, _MAX_PICTURE_BYTES))
    if name == "sound":
        channels = _number(event["channels"], 1, 2)
        samples = np.frombuffer(_payload(pipe, size, _MAX_SOUND_BYTES), "<i2")
        return Sound(samples.reshape(-1, channels))
    if name == "refused":
        return Ended(parsed_refusal(event))
    return Ended() if name == "done" else None


def _picture(event: dict[str, Any], content: bytes) -> Picture:
    t_s = float(event["t_s"])
    height, width = (
        _number(event[side], _MIN_SIDE_PX, MAX_CANONICAL_SIDE_PX) for side in ("height", "width")
    )
    if not 0 <= t_s < Limits().max_duration_s * 2:
        raise ValueError(f"a picture at {t_s} s")
    skipped = _number(event["skipped"], 0, _MAX_SKIPPED)
    picture = np.frombuffer(content, np.uint8).reshape(height, width, 3)
    return Picture(t_s, picture, skipped)


def _number(number: Any, least: int, most: int) -> int:
    if not least <= int(number) <= most:
        raise ValueError(f"a figure of {number}")
    return int(number)


def _payload(pipe: IO[bytes], size: int, limit: int) -> bytes:
    if not 0 <= size <= limit:
        raise ValueError(f"a payload of {size} bytes")
    content = pipe.read(size)
    if len(content) < size:
        raise ValueError("a payload that ends early")
    return content

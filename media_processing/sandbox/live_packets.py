"""Which packets of a growing take are decoded: all sound, and pictures as far as there is time.

Part of the confined program :mod:`media_processing.sandbox.live_child`.
"""

import fcntl
import io
import math
import os
import struct
import termios
from typing import Any

from av.packet import Packet

# Back to every picture once so much of what had to wait is caught up.
_CAUGHT_UP = 0.5
# A pipe this full holds the feeder up: what waits beyond it cannot be seen.
_FULL = 0.9
_STDIN = 0


class Chunks(io.RawIOBase):
    """Standard input as a file that gives what is there instead of waiting for more."""

    def __init__(self) -> None:
        self.taken_bytes = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        content = os.read(_STDIN, size if size > 0 else 65536)
        self.taken_bytes += len(content)
        return content

    def waiting_s(self, read_s: float) -> float:
        """Return how many seconds of the take wait in the pipe, ``read_s`` being read.

        As many as the bytes read so far would give; infinite where the pipe is full.
        """
        waiting = struct.unpack("i", fcntl.ioctl(_STDIN, termios.FIONREAD, bytes(4)))[0]
        if waiting > _FULL * fcntl.fcntl(_STDIN, fcntl.F_GETPIPE_SZ):
            return math.inf
        return float(waiting / max(self.taken_bytes, 1) * max(read_s, 1.0))


class PictureChoice:
    """Leaves pictures out before they are decoded.

    Those before ``resume_s`` are not wanted. Where more than ``skip_after_s`` wait, only keyframes
    are decoded until that has halved; None: never. A picture needs those before it back to its
    keyframe, so that decoding in full begins again at one.
    """

    def __init__(
        self, chunks: Chunks, *, rate_hz: float, resume_s: float, skip_after_s: float | None
    ) -> None:
        self._chunks, self._rate_hz = chunks, rate_hz
        self._resume_s, self._skip_after_s = resume_s, skip_after_s
        self._is_resuming = resume_s > 0
        self._since_keyframe: list[Packet[Any]] = []
        self._is_skipping = False
        self._slot = -1
        self._skipped = 0

    def wanted(self, packet: "Packet[Any]", t_s: float) -> "list[Packet[Any]]":
        """Return the packets to decode now that ``packet``, of ``t_s`` of the take, is read.

        The last one of a stream has no time; it asks the decoder for what it holds back.
        """
        if self._is_resuming:
            return self._resumed(packet, t_s)
        if self._skip_after_s is not None:
            self._judge(packet, t_s, self._skip_after_s)
        is_skipped = self._is_skipping and not packet.is_keyframe and math.isfinite(t_s)
        self._count(t_s, is_skipped=is_skipped)
        return [] if is_skipped else [packet]

    def skipped(self) -> int:
        """Return how many pictures, at the rate that is looked at, were skipped since the last."""
        skipped, self._skipped = self._skipped, 0
        return skipped

    def _resumed(self, packet: "Packet[Any]", t_s: float) -> "list[Packet[Any]]":
        if packet.is_keyframe:
            self._since_keyframe.clear()
        self._since_keyframe.append(packet)
        if t_s < self._resume_s:
            return []
        self._is_resuming = False
        waiting, self._since_keyframe = self._since_keyframe, []
        return waiting

    def _judge(self, packet: "Packet[Any]", t_s: float, skip_after_s: float) -> None:
        if self._is_skipping and not packet.is_keyframe:
            return
        limit_s = skip_after_s * (_CAUGHT_UP if self._is_skipping else 1)
        self._is_skipping = self._chunks.waiting_s(t_s) > limit_s

    def _count(self, t_s: float, *, is_skipped: bool) -> None:
        slot = int(t_s * self._rate_hz) if math.isfinite(t_s) else self._slot
        self._skipped += is_skipped and slot > self._slot
        self._slot = max(slot, self._slot)

"""Whose face and voice are analysed: the applicant's alone, as the officer confirmed them.

A subject names places and times, never a likeness: whoever sits in the confirmed face's place, and
the seconds in which the applicant was heard alone. An upload has an empty subject: its most
present face and all of its speech are read.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from media_processing.analysis.face_boxes import Box
from media_processing.analysis.vad import Segment


class VoiceChoice(StrEnum):
    """Which speech of a recording is the applicant's."""

    ALL = "all"
    LEFT = "left"
    RIGHT = "right"
    ENROLLED = "enrolled"
    NOBODY = "nobody"

    @property
    def channel(self) -> int | None:
        """The sound channel to listen to, None for all of them mixed."""
        return {VoiceChoice.LEFT: 0, VoiceChoice.RIGHT: 1}.get(self)


@dataclass(frozen=True, slots=True)
class FaceAnchor:
    """The confirmed face, or body, at one moment of the recording; box in shares of the picture."""

    t_s: float
    x: float
    y: float
    width: float
    height: float

    def box(self, frame_size: tuple[int, int]) -> Box:
        """Return the place in pixels of a picture of ``frame_size`` (width, height)."""
        width, height = frame_size
        return Box(self.x * width, self.y * height, self.width * width, self.height * height)


@dataclass(frozen=True, slots=True)
class Subject:
    """What the officer said about a recording.

    ``face`` is None where nobody was asked, and empty where no face was confirmed: then none is
    read. ``enrolment`` is where the applicant speaks alone, ``others`` where somebody else does,
    both in recording time. ``joins_s`` are the times at which a new take begins: who is in the
    picture then must be confirmed anew.
    """

    face: tuple[FaceAnchor, ...] | None = None
    voice: VoiceChoice = VoiceChoice.ALL
    enrolment: Segment | None = None
    others: tuple[Segment, ...] = ()
    joins_s: tuple[float, ...] = ()
    body: tuple[FaceAnchor, ...] = ()


NOT_ASKED = Subject()


def subject_of(stored: Mapping[str, Any], offsets_s: Mapping[int, float]) -> Subject:
    """Return what ``stored`` says of a live recording; ``offsets_s`` tells where each take starts.

    ``stored`` is ``{"face": [{"take", "t_s", "box"}], "body": [the same], "voice": {"mode", "take",
    "from_s", "to_s", "others": [{"take", "from_s", "to_s"}]} or None}``. What names a take that
    does not exist is left out; without a voice nobody is heard.
    """
    voice = stored.get("voice") or {"mode": VoiceChoice.NOBODY}
    enrolled = _spans([voice] if voice["mode"] == VoiceChoice.ENROLLED else [], offsets_s)
    is_missing = voice["mode"] == VoiceChoice.ENROLLED and not enrolled
    return Subject(
        face=_anchors(stored.get("face") or (), offsets_s),
        body=_anchors(stored.get("body") or (), offsets_s),
        voice=VoiceChoice.NOBODY if is_missing else VoiceChoice(voice["mode"]),
        enrolment=enrolled[0] if enrolled else None,
        others=tuple(_spans(voice.get("others") or [], offsets_s)),
        joins_s=tuple(sorted(start_s for start_s in offsets_s.values() if start_s > 0)),
    )


def _anchors(
    stored: Sequence[Mapping[str, Any]], offsets_s: Mapping[int, float]
) -> tuple[FaceAnchor, ...]:
    return tuple(
        FaceAnchor(offsets_s[one["take"]] + one["t_s"], *map(float, one["box"]))
        for one in stored
        if one["take"] in offsets_s
    )


def _spans(stored: Sequence[Mapping[str, Any]], offsets_s: Mapping[int, float]) -> list[Segment]:
    return [
        Segment(
            offsets_s[one["take"]] + one["from_s"],
            offsets_s[one["take"]] + one["to_s"],
        )
        for one in stored
        if one["take"] in offsets_s
    ]

"""The player of the session page: its media, tracks and curves."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import CharField, Func
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from media_processing import words
from media_processing.models import Recording, Stage
from media_processing.models.observation import ModalityName
from media_processing.words import Text

RATES = ("0.5", "0.75", "1", "1.25", "1.5", "2")
DEFAULT_FRAME_S = 1 / 25


@dataclass(frozen=True, slots=True)
class Track:
    """One modality of the player. Where nothing is observed (yet), ``reason`` says why."""

    modality: str
    label: Text
    is_observed: bool
    is_open: bool
    reason: Text = ""

    @property
    def is_applicable(self) -> bool:
        return self.is_observed or self.is_open


@dataclass(frozen=True, slots=True)
class Curve:
    """One measured curve of the player."""

    name: str
    label: Text
    unit: Text


CURVES = (
    Curve("pitch_hz", gettext_lazy("Pitch of the voice"), "Hz"),
    Curve("ankle_gap", gettext_lazy("Left foot ahead of the right"), gettext_lazy("body lengths")),
)


@dataclass(frozen=True, slots=True)
class Player:
    """What the player needs before its curves are loaded; an URL is empty without such a file."""

    duration_s: float
    frame_s: float
    video_url: str
    audio_url: str
    tracks: Sequence[Track]
    has_face: bool
    has_pose: bool
    has_sound: bool
    curves: Sequence["Curve"]
    rates: Sequence[str] = RATES

    @property
    def is_applicable(self) -> bool:
        return any(track.is_applicable for track in self.tracks)


def player_of(recording: Recording, *, media_url: str) -> Player:
    curves = _curve_names(recording)
    video = recording.probe.get("video")
    is_video = bool(video and recording.playback_key)
    return Player(
        duration_s=recording.duration_s or 0.0,
        frame_s=1 / min(video["fps"], 30) if video and video["fps"] else DEFAULT_FRAME_S,
        video_url=media_url if is_video else "",
        audio_url=media_url if not is_video and recording.has_media else "",
        tracks=tracks_of(recording),
        has_face="face_box" in curves,
        has_pose="pose" in curves,
        has_sound="waveform" in curves,
        curves=[curve for curve in CURVES if curve.name in curves],
    )


def _curve_names(recording: Recording) -> set[str]:
    """Return which curves were measured, without loading them."""
    names = Func("content", function="jsonb_object_keys", output_field=CharField())
    return set(recording.series.annotate(name=names).values_list("name", flat=True))


def tracks_of(recording: Recording) -> list[Track]:
    observed = set(recording.observations.order_by().values_list("modality", flat=True).distinct())
    stages = {stage.name: stage for stage in recording.job.stages.all()}
    return [
        Track(name, label, name in observed, stages[name].is_open, _why_nothing(stages[name]))
        for name, label in ModalityName.choices
        if name in observed or stages[name].error_code != "not_this_kind"
    ]


def _why_nothing(stage: Stage) -> Text:
    if stage.state in Stage.RETRYABLE_STATES:
        return stage.error_message
    if stage.is_open:
        return _("Nothing observed yet")
    return words.reason(stage.result.get("reason") or stage.error_code or "")

"""The parts of the session page, ready for its templates."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import CharField, Func
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from media_processing import words
from media_processing.models import CaptureSession, ProcessingJob, Recording, Stage
from media_processing.models.job import MODALITY_STAGES, StageName
from media_processing.models.observation import ModalityName
from media_processing.views import live_parts
from media_processing.words import Text

ICONS = {"interview": "camera-video", "walk": "person-walking", "voice": "mic"}
RATES = ("0.5", "0.75", "1", "1.25", "1.5", "2")
DEFAULT_FRAME_S = 1 / 25
STEP_STATES: dict[str, Text] = {
    "done": gettext_lazy("done"),
    "running": gettext_lazy("running"),
    "waiting": gettext_lazy("waiting"),
    "queued": gettext_lazy("in the queue"),
    "skipped": gettext_lazy("not applicable"),
    "failed": gettext_lazy("failed"),
    "cancelled": gettext_lazy("cancelled"),
}


# --- steps of a recording -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Step:
    """One step as the page shows it; ``pk`` is the stage that a retry would run."""

    name: str
    label: Text
    state: str
    note: Text = ""
    percent: int | None = None
    at: datetime | None = None
    text: Text = ""
    code: str = ""
    pk: int | None = None
    may_retry: bool = False

    @property
    def state_label(self) -> Text:
        return STEP_STATES[self.state]


@dataclass(frozen=True, slots=True)
class RecordingItem:
    """One recording of the list."""

    recording: Recording
    job: ProcessingJob | None
    steps: Sequence[Step]
    findings: Sequence[dict[str, Any]] = field(default_factory=tuple)
    is_selected: bool = False
    live: live_parts.LiveLine | None = None

    @property
    def icon(self) -> str:
        return ICONS[self.recording.kind]

    @property
    def has_player(self) -> bool:
        return bool(self.recording.duration_s)

    @property
    def has_grave(self) -> bool:
        return any(finding["severity"] == "error" for finding in self.findings)


def recording_items(
    recordings: Sequence[Recording], selected: Recording | None
) -> list[RecordingItem]:
    ahead = _queue_positions()
    return [
        RecordingItem(
            recording=recording,
            job=getattr(recording, "job", None),
            steps=_steps(recording, ahead),
            findings=recording.quality,
            is_selected=recording == selected,
            live=live_parts.line_of(recording),
        )
        for recording in recordings
    ]


def _queue_positions() -> dict[int, int]:
    """Return the place in the queue, from 1, of every stage that waits for a worker."""
    queued = Stage.objects.filter(state=Stage.State.QUEUED).order_by("queued_at", "pk")
    return {pk: place for place, pk in enumerate(queued.values_list("pk", flat=True), start=1)}


def _steps(recording: Recording, positions: dict[int, int]) -> list[Step]:
    received = _received(recording)
    job = getattr(recording, "job", None)
    if job is None:
        return [received]
    stages = {stage.name: stage for stage in job.stages.all()}
    prepare = stages[StageName.CANONICALISE]
    if recording.state == Recording.State.REJECTED:
        return [received, Step("checked", _("Checked"), "failed", _("refused"))]
    shown = [_step(stages[name], positions) for name in (*MODALITY_STAGES, StageName.HANDOVER)]
    watched = [_watched(stages[StageName.LIVE], positions)] if StageName.LIVE in stages else []
    return [received, *watched, _checked(recording, prepare), _step(prepare, positions), *shown]


def _received(recording: Recording) -> Step:
    label = _("Received")
    if live_parts.is_being_made(recording):
        return Step("received", label, "running", _("being recorded"))
    return Step("received", label, "done", at=recording.created_at)


def _watched(stage: Stage, positions: dict[int, int]) -> Step:
    """Return the live pass; what it could not watch is analysed after the recording anyway."""
    if stage.state == Stage.State.QUEUED:
        return Step(stage.name, stage.get_name_display(), "waiting", _("waits for the next piece"))
    if stage.state in Stage.RETRYABLE_STATES:
        note = _("not possible; analysed afterwards")
        return Step(stage.name, stage.get_name_display(), "skipped", note)
    return _step(stage, positions)


def _checked(recording: Recording, prepare: Stage) -> Step:
    """Return the check of the contents, which is the first part of the preparation."""
    label = _("Checked")
    if recording.probe or prepare.state == Stage.State.DONE:
        return Step("checked", label, "done", _("contents are as expected"))
    if prepare.state == Stage.State.RUNNING:
        return Step("checked", label, "running")
    return Step("checked", label, "waiting")


def _step(stage: Stage, positions: dict[int, int]) -> Step:
    label = stage.get_name_display()
    if stage.state in Stage.RETRYABLE_STATES:
        return Step(
            stage.name, label, "failed", _("failed"), text=stage.error_message,
            code=stage.error_code, pk=stage.pk, may_retry=True,
        )  # fmt: skip
    if stage.state == Stage.State.RUNNING:
        percent = round(100 * stage.done / stage.total) if stage.total else None
        note = _("running") if percent is None else f"{percent}\N{NO-BREAK SPACE}%"
        return Step(stage.name, label, "running", note, percent)
    return Step(stage.name, label, str(stage.state), **_ended_or_waiting(stage, positions))


def _ended_or_waiting(stage: Stage, positions: dict[int, int]) -> dict[str, Any]:
    if stage.state == Stage.State.DONE:
        return _done(stage)
    if stage.state == Stage.State.QUEUED:
        place = positions.get(stage.pk, 1)
        return {"note": _("in the queue, place %(place)d") % {"place": place}}
    if stage.state == Stage.State.SKIPPED:
        return {"note": words.reason(stage.error_code)}
    return {"note": STEP_STATES[stage.state]}


def _done(stage: Stage) -> dict[str, Any]:
    """Return how long a stage took; a modality may be done and still have found nothing to use."""
    took_s = (stage.finished_at - stage.started_at).total_seconds()
    note = _("done in %(seconds).1f s") % {"seconds": took_s}
    reason = stage.result.get("reason", "")
    return {"note": note, "text": words.reason(reason)} if reason else {"note": note}


# --- player ---------------------------------------------------------------------------------------


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


# --- measures -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MeasureGroup:
    """The measures of one modality of one recording, as (measure, value) pairs."""

    modality: str
    label: Text
    coverage: float
    rows: Sequence[tuple[words.Measure, float | None]]


def measures_of(recording: Recording) -> list[MeasureGroup]:
    groups = []
    for stage in recording.job.stages.all():
        measures = stage.result.get("measures")
        if measures and stage.state == Stage.State.DONE:
            rows = [
                (known, _scaled(known, measures[known.name]))
                for known in words.MEASURES[stage.name]
                if known.name in measures
            ]
            coverage = float(stage.result.get("coverage", 0.0))
            groups.append(MeasureGroup(stage.name, stage.get_name_display(), coverage, rows))
    return groups


def _scaled(measure: words.Measure, value: float | None) -> float | None:
    return None if value is None else value * measure.factor


# --- summaries ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Share:
    """How much of the time a label was the strongest, and its mean probability."""

    name: str
    label: Text
    share: float
    mean: float
    baseline: float | None


@dataclass(frozen=True, slots=True)
class Summary:
    """One modality of a recording in figures; ``content`` is the stored summary itself."""

    modality: str
    label: Text
    shares: Sequence[Share]
    peaks: Sequence[dict[str, Any]]
    content: dict[str, Any]


def summaries_of(recording: Recording) -> list[Summary]:
    stored = recording.summary.get("modalities", {})
    labels = dict(ModalityName.choices)
    return [
        Summary(name, labels[name], _shares(content), _peaks(content), content)
        for name, content in stored.items()
        if content
    ]


def _shares(content: dict[str, Any]) -> list[Share]:
    baseline = (content.get("baseline") or {}).get("mean_probabilities", {})
    means = content["mean_probabilities"]
    shares = [
        Share(name, words.EXPRESSIONS[name], share, means[name], baseline.get(name))
        for name, share in content["share_of_time"].items()
    ]
    return sorted(shares, key=lambda share: -share.share)


def _peaks(content: dict[str, Any]) -> list[dict[str, Any]]:
    return [{**peak, "text": words.EXPRESSIONS[peak["label"]]} for peak in content["peaks"]]


# --- lists of sessions ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SessionRow:
    """One session of a list; ``coverage`` is the best share of a recording that could be used."""

    session: CaptureSession
    recordings: Sequence[Recording]
    duration_s: float
    coverage: float | None
    quality: float | None

    @property
    def icons(self) -> list[str]:
        return [ICONS[recording.kind] for recording in self.recordings]

    @property
    def state(self) -> str:
        """Return the state that most needs attention."""
        states = {recording.state for recording in self.recordings}
        order = ("received", "processing", "failed", "partial", "rejected", "cancelled", "done")
        return next((state for state in order if state in states), "")

    @property
    def state_label(self) -> Text:
        return Recording.State(self.state).label if self.state else _("No recording")


def session_row(session: CaptureSession) -> SessionRow:
    recordings = list(session.recordings.all())
    used = [
        content
        for recording in recordings
        for content in recording.summary.get("modalities", {}).values()
        if content
    ]
    return SessionRow(
        session=session,
        recordings=recordings,
        duration_s=sum(recording.duration_s or 0.0 for recording in recordings),
        coverage=max((content["coverage"] for content in used), default=None),
        quality=max((content["mean_quality"] for content in used), default=None),
    )

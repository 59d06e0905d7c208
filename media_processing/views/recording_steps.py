"""The list of recordings on the session page: which step each of them is at."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from media_processing import words
from media_processing.models import ProcessingJob, Recording, Stage
from media_processing.models.job import MODALITY_STAGES, StageName
from media_processing.views import live_parts
from media_processing.words import Text

ICONS = {"interview": "camera-video", "walk": "person-walking", "voice": "mic"}
STEP_STATES: dict[str, Text] = {
    "done": gettext_lazy("done"),
    "running": gettext_lazy("running"),
    "waiting": gettext_lazy("waiting"),
    "queued": gettext_lazy("in the queue"),
    "skipped": gettext_lazy("not applicable"),
    "failed": gettext_lazy("failed"),
    "cancelled": gettext_lazy("cancelled"),
}


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

"""What the session page and the lists of sessions say of recordings, ready for templates."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from media_processing import words
from media_processing.models import CaptureSession, Recording, Stage
from media_processing.models.observation import ModalityName
from media_processing.views.recording_steps import ICONS
from media_processing.words import Text

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

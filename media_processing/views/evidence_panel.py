"""What a session gave the score: per modality, used or not, why, and by which network."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from applicants.models import Officer
from media_processing import words
from media_processing.models import CaptureSession, ProcessingJob, Stage
from media_processing.models.observation import ModalityName
from media_processing.words import Text
from scoring.explanation import WITHHELD_NOTES
from scoring.models import Evidence, ScoreRevision
from scoring.selectors import current_evidence, current_revision


@dataclass(frozen=True, slots=True)
class Line:
    """One modality of the session; ``note`` says why it is not used."""

    label: Text
    is_used: bool
    note: Text
    usable_s: float | None = None
    coverage: float | None = None
    quality: float | None = None
    signal: float | None = None
    weight: float | None = None
    is_provisional: bool = False
    networks: Sequence[dict[str, str]] = ()


def context(officer: Officer, session: CaptureSession) -> dict[str, Any]:
    """Return the lines of the panel and the revision that they belong to; None without a score."""
    revision = current_revision(officer, session.application)
    rows = [row for row in current_evidence(session.application) if row.session_id == session.pk]
    stages = _stages(session)
    lines = [
        _line(label, [row for row in rows if row.modality == name], revision, session, name)
        or Line(label, False, _why_nothing([stage for stage in stages if stage.name == name]))
        for name, label in ModalityName.choices
    ]
    return {"evidence_lines": lines if rows or stages else [], "revision": revision}


def _stages(session: CaptureSession) -> list[Stage]:
    """Return the session's steps; those of refused files only where no file was taken."""
    stages = Stage.objects.filter(job__recording__session=session)
    taken = stages.exclude(job__state=ProcessingJob.State.REJECTED)
    return list(taken) or list(stages)


def _line(
    label: Text,
    rows: Sequence[Evidence],
    revision: ScoreRevision | None,
    session: CaptureSession,
    modality: str,
) -> Line | None:
    if not rows:
        return None
    used = _of_session(revision, "used", session, modality)
    newest = max(rows, key=lambda row: row.created_at)
    return Line(
        label=label,
        is_used=used is not None,
        note="" if used else _why_withheld(revision, session, modality),
        usable_s=math.fsum(row.summary["usable_s"] for row in rows),
        coverage=max(row.summary["coverage"] for row in rows),
        quality=max(row.summary["quality"] for row in rows),
        signal=used["signal"] if used else None,
        weight=used["weight"] if used else None,
        is_provisional=any(row.is_provisional for row in rows),
        networks=newest.models_used,
    )


def _of_session(
    revision: ScoreRevision | None, kind: str, session: CaptureSession, modality: str
) -> dict[str, Any] | None:
    found = revision.behaviour.get(kind, []) if revision else []
    own = (str(session.pk), modality)
    return next((each for each in found if (each["session_id"], each["modality"]) == own), None)


def _why_withheld(revision: ScoreRevision | None, session: CaptureSession, modality: str) -> Text:
    withheld = _of_session(revision, "withheld", session, modality)
    if withheld is None:
        return _("Not in the newest score")
    return WITHHELD_NOTES.get(withheld["reason"], withheld["reason"])


def _why_nothing(stages: Sequence[Stage]) -> Text:
    """Return the first reason that is not merely the kind of the recording."""
    if any(stage.is_open for stage in stages):
        return _("Still being worked on")
    if failed := next((s for s in stages if s.state in Stage.RETRYABLE_STATES), None):
        return failed.error_message
    codes = [stage.result.get("reason") or stage.error_code for stage in stages]
    telling = [code for code in codes if code and code != "not_this_kind"]
    if telling:
        return words.reason(telling[0])
    return _("Nothing was recorded for it")

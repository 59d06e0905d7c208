"""Where answers start and end, and whose face and voice is the applicant's."""

import uuid
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from applicants.errors import ProblemError
from applicants.models import Officer
from applicants.services import audit
from media_processing.models import LiveCapture, LiveTake, QuestionMark
from media_processing.services import intake
from media_processing.services.live.capture import locked_open
from media_processing.services.live.correction import corrected

MAX_FACES = 200
# Thirty questions, each answered anew many times.
MAX_MARKS = 1000


def mark(
    live: LiveCapture, mark_id: uuid.UUID, *, question: int, take: int, t_s: float, kind: str
) -> bool:
    """Keep a mark; False where it was kept before. Raises ProblemError 404, 409 or 410."""
    try:
        with transaction.atomic():
            locked = _markable(live)
            asked = locked.questions.filter(number=question).first()
            taken = take_of(locked, take)
            if asked is None:
                raise ProblemError("not_found", _("There is no such question."), status=404)
            return _keep(locked, QuestionMark(id=mark_id, question=asked, take=taken, t_s=t_s,
                                              kind=kind))  # fmt: skip
    except IntegrityError as error:
        raise ProblemError(
            "mark_taken", _("This mark belongs to another recording."), status=409
        ) from error


def _keep(live: LiveCapture, marked: QuestionMark) -> bool:
    marks = QuestionMark.objects.filter(question__live=live)
    if marks.filter(pk=marked.pk).exists():
        return False
    if marks.count() >= MAX_MARKS:
        raise ProblemError(
            "too_many_marks", _("No more answers can be marked in this recording."), status=409
        )
    marked.save(force_insert=True)
    return True


def _markable(live: LiveCapture) -> LiveCapture:
    """Lock a capture that is open or was closed: a browser may bring a mark that it held back.

    It may for as long as it may come back with a piece. Marks alter nothing that is analysed.
    Raises ProblemError as :func:`locked_open` does.
    """
    locked = LiveCapture.objects.select_for_update(of=["self"]).get(pk=live.pk)
    if locked.state != LiveCapture.State.CLOSED:
        return locked_open(live)
    intake.check_open(locked.recording.session)
    last_at = timezone.now() - timedelta(seconds=settings.LIVE_ABANDONED_AFTER_S)
    if locked.closed_at is not None and locked.closed_at < last_at:
        raise ProblemError("capture_ended", _("This recording has ended."), status=410)
    return locked


def take_of(live: LiveCapture, number: int) -> LiveTake:
    """Return a take by its number. Raises ProblemError 404."""
    take = live.takes.filter(number=number).first()
    if take is None:
        raise ProblemError("not_found", _("There is no such part of the recording."), status=404)
    return take


@transaction.atomic
def set_subject(live: LiveCapture, said: dict[str, Any], *, officer: Officer) -> LiveCapture:
    """Keep whose face and voice is the applicant's.

    ``said["face"]`` is ``{"take", "t_s", "box"}`` and joins those said before; ``None`` forgets
    them all; ``said["body"]`` is the same for a walker's body. ``said["voice"]`` is ``{"mode",
    "take", "from_s", "to_s", "others"}``, all but the first for ``enrolled``; ``others`` are times
    at which somebody else speaks. A key that is absent stays as it was. Raises ProblemError 404 for
    an unknown take.
    """
    locked = locked_open(live)
    said_before = dict(locked.subject)
    others = (said.get("voice") or {}).get("others", [])
    for part in (said.get("face"), said.get("body"), said.get("voice"), *others):
        if part and "take" in part:
            take_of(locked, part["take"])
    for part in {"face", "body"} & said.keys():
        before = locked.subject.get(part, []) if said[part] else []
        locked.subject[part] = [*before, *filter(None, [said[part]])][-MAX_FACES:]
    if "voice" in said:
        locked.subject["voice"] = said["voice"]
    locked.subject_version += 1
    locked.save(update_fields=["subject", "subject_version"])
    corrected(locked, said_before)
    audit.record("live.subject_confirmed", actor=officer, obj=locked.recording,
                 faces=len(locked.subject.get("face", [])),
                 voice=(locked.subject.get("voice") or {}).get("mode", ""))  # fmt: skip
    return locked

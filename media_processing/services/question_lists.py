"""Writing, changing and archiving a branch's lists of questions; the built-in ones in step."""

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from applicants.errors import ProblemError, RefusedError
from applicants.models import Branch, Officer
from applicants.permissions import Capability, can
from applicants.selectors import branches_for
from applicants.services import audit
from media_processing.models import QuestionList
from media_processing.models.question_list import MOST_CHARACTERS, MOST_QUESTIONS

BUILT_IN = Path(__file__).resolve().parents[1] / "built_in_questions.toml"


def cleaned(texts: Sequence[str]) -> list[str]:
    """Return the questions without empty ones and needless space.

    Raises ProblemError with a sentence that names the first question that cannot be kept.
    """
    questions = [" ".join(text.split()) for text in texts]
    questions = [text for text in questions if text]
    if len(questions) > MOST_QUESTIONS:
        raise _problem(
            _("A list has up to %(most)d questions; these are %(count)d.")
            % {"most": MOST_QUESTIONS, "count": len(questions)}
        )
    for number, text in enumerate(questions, start=1):
        if len(text) > MOST_CHARACTERS:
            raise _problem(
                _("Question %(number)d has %(count)d characters; up to %(most)d can be kept.")
                % {"number": number, "count": len(text), "most": MOST_CHARACTERS}
            )
        if not text.isprintable():
            raise _problem(
                _("Question %(number)d holds characters that cannot be shown.") % {"number": number}
            )
    return questions


def _problem(message: str) -> ProblemError:
    return ProblemError("invalid_questions", message, fields={"questions": message}, status=422)


@transaction.atomic
def create(
    *,
    officer: Officer,
    branch: Branch,
    name: str,
    purpose: str,
    language: str,
    mode: str,
    questions: Sequence[str],
) -> QuestionList:
    """Keep a new list of a branch. Raises ProblemError for an empty one, or one not theirs."""
    _check_may_change(officer, branch)
    made = QuestionList.objects.create(
        branch=branch, created_by=officer, name=name, purpose=purpose, language=language,
        mode=mode, questions=_some(questions),
    )  # fmt: skip
    audit.record("question_list.created", actor=officer, obj=made, questions=len(made.questions))
    return made


@transaction.atomic
def change(listed: QuestionList, *, officer: Officer, version: int, **values: Any) -> QuestionList:
    """Change a list that is still at ``version``.

    ``values`` are those of :func:`create` without the branch. Raises ProblemError 409 where
    somebody else changed it in between; nothing is overwritten then.
    """
    _check_may_change(officer, listed.branch)
    values["questions"] = _some(values["questions"])
    changed = QuestionList.objects.filter(pk=listed.pk, version=version).update(
        **values, version=F("version") + 1, changed_at=timezone.now()
    )
    if not changed:
        raise ProblemError(
            "changed_meanwhile",
            _("Somebody else changed this list in the meantime. What you typed stands below; "
              "open the list in another tab to compare, and save once more to replace it."),
            status=409,
        )  # fmt: skip
    listed.refresh_from_db()
    audit.record(
        "question_list.changed", actor=officer, obj=listed, questions=len(listed.questions),
        version=listed.version,
    )  # fmt: skip
    return listed


@transaction.atomic
def set_archived(listed: QuestionList, *, officer: Officer, is_archived: bool) -> None:
    """Take a list out of the choice, or put it back; again changes nothing."""
    _check_may_change(officer, listed.branch)
    archived_at = timezone.now() if is_archived else None
    rows = QuestionList.objects.filter(pk=listed.pk, archived_at__isnull=is_archived)
    if rows.update(archived_at=archived_at):
        action = "question_list.archived" if is_archived else "question_list.restored"
        audit.record(action, actor=officer, obj=listed)


def _some(texts: Sequence[str]) -> list[str]:
    questions = cleaned(texts)
    if not questions:
        raise _problem(_("Write at least one question."))
    return questions


def _check_may_change(officer: Officer, branch: Branch | None) -> None:
    if branch is None:
        raise RefusedError("built_in", _("A built-in list cannot be changed; copy it instead."))
    is_own = branches_for(officer).filter(pk=branch.pk).exists()
    if not (is_own and can(officer, Capability.UPLOAD_MEDIA)):
        raise RefusedError("permission_denied", _("Your role does not allow this."))


@transaction.atomic
def sync_built_in() -> int:
    """Bring the built-in lists in step with their file; return how many changed.

    A list whose entry is gone is archived: somebody may have copied from it yesterday.
    """
    told = tomllib.loads(BUILT_IN.read_text(encoding="utf-8"))
    known = {each.code: each for each in QuestionList.objects.filter(branch__isnull=True)}
    count = 0
    for code, content in told.items():
        listed = known.pop(code, None) or QuestionList(code=code, version=0)
        wanted = {**content, "archived_at": None}
        if listed.version and all(getattr(listed, name) == wanted[name] for name in wanted):
            continue
        for name, value in wanted.items():
            setattr(listed, name, value)
        listed.version += 1
        listed.save()
        count += 1
    gone = [each.pk for each in known.values() if not each.is_archived]
    return count + QuestionList.objects.filter(pk__in=gone).update(archived_at=timezone.now())

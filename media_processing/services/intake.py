"""The one way in: a file becomes a recording with a job, or is refused with nothing kept."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from applicants.errors import ProblemError, RefusedError
from applicants.models import Consent, Officer
from applicants.permissions import Capability, can
from applicants.selectors import applications_for, has_consent
from applicants.services import audit, restrictions
from media_processing.models import CaptureSession, Recording
from media_processing.models.recording import Kind
from media_processing.sandbox.recognise import HEAD_BYTES, Container, recognise
from media_processing.sandbox.types import MediaRefused
from media_processing.services import jobs, quotas, storage
from media_processing.services.storage import StoredFile

MAX_NAME_CHARACTERS = 255
REFUSAL_STATUS = {"empty_file": 422, "too_large": 413}
WRONG_KIND_OF_FILE = 415


def check_allowed(
    officer: Officer,
    session: CaptureSession,
    kind: str,
    size_bytes: int,
    *,
    is_counted: bool = False,
) -> None:
    """Raise ProblemError where this officer may not add such a file to this session now.

    ``is_counted`` says that the hour's quota counts this file already.
    """
    with audited_refusal(officer, session):
        if not can(officer, Capability.UPLOAD_MEDIA):
            raise RefusedError("permission_denied", _("Your role does not allow this."))
        if not applications_for(officer).filter(pk=session.application_id).exists():
            raise ProblemError("not_found", _("There is no such session."), status=404)
        if kind not in Kind.values:
            raise ProblemError(
                "invalid",
                _("Some values cannot be used: %(names)s.") % {"names": "kind"},
                fields={"kind": _("Choose interview, walk or voice.")},
            )
        check_open(session)
        quotas.check(officer, size_bytes)
        if not is_counted:
            quotas.check_hour(officer)


def check_open(session: CaptureSession) -> None:
    """Raise ProblemError where the session takes nothing more: erased, decided, no consent."""
    restrictions.check_fresh(session.application.applicant_id)
    if session.data_key is None:
        raise _session_erased()
    if not session.application.is_open:
        raise ProblemError(
            "application_closed", _("A decided application takes no recording."), status=409
        )
    if not has_consent(session.application.applicant, Consent.Scope.RECORDING):
        raise RefusedError(
            "consent_missing",
            _("The applicant has not agreed to a recording. Ask for consent first."),
        )


def _session_erased() -> ProblemError:
    text = _("This session takes no recordings; open a new one.")
    return ProblemError("session_erased", text, status=409)


def recognised(head: bytes) -> Container:
    """Return the container of a file by its first bytes. Raises ProblemError 415 or 422."""
    try:
        return recognise(head[:HEAD_BYTES])
    except MediaRefused as refusal:
        status = REFUSAL_STATUS.get(refusal.code, WRONG_KIND_OF_FILE)
        raise ProblemError(refusal.code, refusal.message, status=status) from refusal


def accept(
    content: Iterable[bytes],
    *,
    session: CaptureSession,
    kind: str,
    name: str,
    size_bytes: int,
    officer: Officer,
    is_counted: bool = False,
) -> tuple[Recording, list[int]]:
    """Seal a file and register it. Returns the recording and the stages to ring the bell for.

    Raises ProblemError; then neither a file nor a row is left.
    """
    check_allowed(officer, session, kind, size_bytes, is_counted=is_counted)
    with audited_refusal(officer, session):
        parts = iter(content)
        head = _head(parts)
        container = recognised(head)
        stored = storage.write(session, _rest(head, parts))
        try:
            return _register(session, stored, kind=kind, name=name, officer=officer,
                             container=container.name)  # fmt: skip
        except BaseException:
            storage.remove([stored.key])
            raise


def _head(parts: Iterator[bytes]) -> bytes:
    head = b""
    for part in parts:
        head += part
        if len(head) >= HEAD_BYTES:
            break
    return head


def _rest(head: bytes, parts: Iterator[bytes]) -> Iterator[bytes]:
    yield head
    yield from parts


def _register(
    session: CaptureSession,
    stored: StoredFile,
    *,
    kind: str,
    name: str,
    officer: Officer,
    container: str,
) -> tuple[Recording, list[int]]:
    try:
        with transaction.atomic():
            # The lock lets a withdrawal of consent come before or after, never in between.
            rows = CaptureSession.objects.select_for_update(of=["self"])
            locked = rows.filter(pk=session.pk).first()
            if locked is None:
                raise _session_erased()
            check_open(locked)
            recording = Recording.objects.create(
                session=locked, kind=kind, original_name=_clean(name), container=container,
                sha256=stored.sha256, size_bytes=stored.size_bytes, source_key=stored.key,
                uploaded_by=officer,
            )  # fmt: skip
            queued = jobs.create_job(recording)
            audit.record(
                "recording.accepted", actor=officer, obj=recording, kind=kind, container=container,
                sha256=stored.sha256, size_bytes=stored.size_bytes,
            )  # fmt: skip
    except IntegrityError as error:
        raise ProblemError(
            "duplicate_file",
            _("This file is already part of the session; it was not added a second time."),
            status=409,
        ) from error
    return recording, queued


def _clean(name: str) -> str:
    """Return a name fit to be shown: its last part, without control characters."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(character for character in last if character.isprintable())[:MAX_NAME_CHARACTERS]


@contextmanager
def audited_refusal(officer: Officer, session: CaptureSession) -> Iterator[None]:
    """Leave an audit row for each refusal that passes through, once."""
    try:
        yield
    except ProblemError as problem:
        if not getattr(problem, "is_audited", False):
            audit.record("upload.refused", actor=officer, obj=session, code=problem.code)
            problem.is_audited = True  # type: ignore[attr-defined]  # the inner block knows best
        raise

"""Resumable uploads: each piece is sealed as it arrives; the whole becomes a recording."""

import base64
import binascii
import hashlib
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from applicants.errors import ProblemError
from applicants.models import Officer
from media_processing.models import CaptureSession, Recording, Upload
from media_processing.sandbox.recognise import HEAD_BYTES
from media_processing.services import intake, storage

logger = structlog.get_logger(__name__)

CHECKSUMS = ("md5", "sha1", "sha256")
CHECKSUM_MISMATCH = 460
# These troubles pass: the pieces are kept and the upload can go on.
PASSING_STATUS = (429, 507)


def begin(
    officer: Officer, session: CaptureSession, *, kind: str, name: str, length: int
) -> Upload:
    """Open an upload. Raises ProblemError as :func:`intake.check_allowed` does."""
    intake.check_allowed(officer, session, kind, length)
    upload = Upload(
        id=uuid.uuid4(), officer=officer, session=session, kind=kind, name=name, length=length,
        expires_at=timezone.now() + timedelta(seconds=settings.UPLOAD_EXPIRES_S),
    )  # fmt: skip
    upload.data_key = storage.new_wrapped_key(upload)
    upload.save(force_insert=True)
    return upload


def add(
    upload: Upload, content: Iterable[bytes], *, offset: int, checksum: str = ""
) -> tuple[Upload, list[int]]:
    """Add a piece at ``offset``; with the last one the recording is made.

    Returns the upload and the stages to ring for. Raises ProblemError 409 for another offset, 460
    for a wrong checksum, and what :func:`intake.accept` raises; a refused file is not kept.
    """
    with transaction.atomic():
        locked = Upload.objects.select_for_update().filter(pk=upload.pk).first()
        if locked is None:
            raise _ended()
        _check_open(locked, offset)
        if not locked.is_complete:
            _store_piece(locked, content, checksum)
    if offset == 0:
        _recognise_early(locked)
    if not locked.is_complete:
        return locked, []
    return _complete(locked)


def _check_open(upload: Upload, offset: int) -> None:
    if upload.state == Upload.State.REFUSED:
        raise ProblemError(upload.refusal["code"], upload.refusal["message"],
                           status=upload.refusal["status"])  # fmt: skip
    if upload.state == Upload.State.RECEIVED or upload.expires_at < timezone.now():
        raise _ended()
    if offset != upload.offset:
        raise ProblemError(
            "offset_conflict",
            _("The upload goes on at byte %(offset)d.") % {"offset": upload.offset},
            status=409,
        )


def _ended() -> ProblemError:
    return ProblemError("upload_ended", _("This upload has ended; start it again."), status=410)


def _store_piece(upload: Upload, content: Iterable[bytes], checksum: str) -> None:
    digest, expected = _digest(checksum)

    def checked() -> Iterator[bytes]:
        size_bytes = 0
        for part in content:
            size_bytes += len(part)
            if upload.offset + size_bytes > upload.length:
                raise ProblemError(
                    "too_many_bytes", _("More bytes came than were announced."), status=413
                )
            digest.update(part)
            yield part
        if expected and digest.digest() != expected:
            raise ProblemError(
                "checksum_mismatch",
                _("A piece was damaged on its way; it is sent again."),
                status=CHECKSUM_MISMATCH,
            )

    piece = storage.write(upload, checked())
    if not piece.size_bytes:
        storage.remove([piece.key])
        return
    upload.parts.append(piece.key)
    upload.offset += piece.size_bytes
    upload.save(update_fields=["parts", "offset"])


def _digest(checksum: str) -> tuple[Any, bytes]:
    """Read ``Upload-Checksum: sha256 BASE64``; an absent one checks nothing."""
    if not checksum:
        return hashlib.sha256(), b""
    name, _space, encoded = checksum.partition(" ")
    try:
        expected = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        expected = b""
    if name not in CHECKSUMS or not expected:
        raise ProblemError("checksum_unknown", _("This checksum cannot be read."), status=400)
    return hashlib.new(name, usedforsecurity=False), expected


def _recognise_early(upload: Upload) -> None:
    """Refuse what is no recording after its first piece, before the rest is sent."""
    if upload.offset < min(HEAD_BYTES, upload.length):
        return
    head = b"".join(_content(upload, HEAD_BYTES))
    with _refusing(upload), intake.audited_refusal(upload.officer, upload.session):
        intake.recognised(head)


def _content(upload: Upload, limit: int | None = None) -> Iterator[bytes]:
    for key in upload.parts:
        with storage.reading(upload, key) as piece:
            yield from piece.iterate(0, limit)
        if limit is not None:
            return


def _complete(upload: Upload) -> tuple[Upload, list[int]]:
    with _refusing(upload):
        recording, queued = intake.accept(
            _content(upload), session=upload.session, kind=upload.kind, name=upload.name,
            size_bytes=upload.length, officer=upload.officer, is_counted=True,
        )  # fmt: skip
    parts = _close(upload, Upload.State.RECEIVED, recording=recording)
    storage.remove(parts)
    return upload, queued


@contextmanager
def _refusing(upload: Upload) -> Iterator[None]:
    """Close the upload where its file was refused for good, so that nobody sends it again."""
    try:
        yield
    except ProblemError as problem:
        if problem.status not in PASSING_STATUS:
            refusal = {"code": problem.code, "message": problem.message, "status": problem.status}
            storage.remove(_close(upload, Upload.State.REFUSED, refusal=refusal))
        raise


def _close(
    upload: Upload,
    state: str,
    *,
    recording: Recording | None = None,
    refusal: dict[str, object] | None = None,
) -> list[str]:
    """End an upload and return the pieces that are no longer needed."""
    parts = list(upload.parts)
    upload.state, upload.recording, upload.parts = state, recording, []
    upload.refusal, upload.data_key = refusal or {}, None
    # Where an erasure has taken the row meanwhile, nothing is left to close.
    Upload.objects.filter(pk=upload.pk).update(
        state=state, recording=recording, parts=[], refusal=upload.refusal, data_key=None
    )
    return parts


def terminate(upload: Upload) -> None:
    """Forget an upload and its pieces."""
    with transaction.atomic():
        locked = Upload.objects.select_for_update().get(pk=upload.pk)
        parts = list(locked.parts)
        locked.delete()
    storage.remove(parts)


def remove_expired() -> int:
    """Delete the uploads that were not finished in time; return how many."""
    expired = list(Upload.objects.filter(expires_at__lt=timezone.now()))
    for upload in expired:
        terminate(upload)
    if expired:
        logger.info("expired_uploads_removed", count=len(expired))
    return len(expired)

"""A copy of all data: asked for, made by a worker, fetched once, gone after some days."""

from collections.abc import Iterator
from datetime import timedelta
from typing import BinaryIO

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from applicants.errors import ProblemError, TooManyError
from applicants.models import Officer, SubjectRequest
from applicants.sealing import SealedReader, SealedWriter, new_data_key, unwrap_key, wrap_key
from applicants.services import audit, subject_requests
from creditweb.subjects import archive
from media_processing.models import SubjectExport
from media_processing.services import storage
from scoring.services import background
from scoring.services.batch_downloads import Download

logger = structlog.get_logger(__name__)
# A copy is read from the storage while it is sent, for as long as a slow line takes. Its file goes
# at the end of that; so much later only where the transfer broke.
TRANSFER = timedelta(hours=6)
FAILED = "The copy could not be made. Ask for it again, and tell your administrator."


@transaction.atomic
def start(request: SubjectRequest, *, officer: Officer) -> SubjectExport:
    """Queue the copy of a request, once more where it was lost. The caller rings for a worker.

    Raises RefusedError by role, ProblemError for a closed request or a person who was erased, 429
    for too many within an hour.
    """
    subject_requests.check_right(officer)
    if request.kind != SubjectRequest.Kind.EXPORT or not request.is_open:
        raise ProblemError("request_closed", _("This request is closed already."), status=409)
    # The lock lets an erasure come before or after, and no second copy beside this one.
    subject_requests.locked_applicant(request)
    export = SubjectExport.objects.select_for_update().filter(request=request).first()
    if export is not None and (export.is_open or export.is_ready):
        return export
    _check_hour(officer)
    export = export or SubjectExport(request=request)
    export.made_for, export.removed_at = officer, None
    export.expires_at = timezone.now() + timedelta(days=settings.SUBJECT_EXPORT_DAYS)
    export.data_key = wrap_key(settings.MEDIA_KEY, new_data_key(), _context(export))
    background.queue(export)
    audit.record(
        "subject.export_asked", actor=officer, obj=request.applicant, request=str(request.pk)
    )
    return export


def _check_hour(officer: Officer) -> None:
    since = timezone.now() - timedelta(hours=1)
    recent = SubjectExport.objects.filter(made_for=officer, queued_at__gt=since).count()
    if recent >= settings.SUBJECT_EXPORTS_PER_HOUR:
        raise TooManyError(
            "too_many_exports",
            _("You have asked for %(count)d copies within an hour. Try again in a few minutes.")
            % {"count": recent},
        )


def make(export_id: object) -> SubjectExport | None:
    """Make a copy that is due; None where another worker holds it or it could not be made."""
    held = background.claim(SubjectExport, export_id)
    if held is None:
        return None
    rows = SubjectExport.objects.select_related("request__applicant", "made_for")
    export = rows.get(pk=export_id)
    try:
        with background.Heartbeat(held) as beat:
            written = _sealed(export, beat.report)
        background.finish(
            held, background.State.DONE, files=written.files, size_bytes=written.size_bytes,
            sha256=written.sha256,
        )  # fmt: skip
    except background.WorkLostError:
        _leave_nothing(export)
        return None
    except Exception:
        logger.exception("subject_export_failed", export=str(export.pk))
        held.rows().update(state=background.State.FAILED, error=FAILED, finished_at=timezone.now())
        return None
    audit.record(
        "subject.export_made", obj=export.request.applicant, files=written.files,
        size_bytes=written.size_bytes, sha256=written.sha256,
    )  # fmt: skip
    export.refresh_from_db()
    return export


def _leave_nothing(export: SubjectExport) -> None:
    """Remove the file of a copy whose key was destroyed meanwhile; nobody else would look for it.

    Where another worker took the copy over, the file is that worker's.
    """
    if SubjectExport.objects.filter(pk=export.pk, removed_at__isnull=False).exists():
        storage.remove([export.file_key])


def _sealed(export: SubjectExport, report: archive.Report) -> archive.Written:
    written: list[archive.Written] = []
    applicant, made_for = export.request.applicant, export.made_for.username

    def fill(file: BinaryIO) -> None:
        with SealedWriter(file, _data_key(export), _file_context(export)) as target:
            written.append(archive.write(target, applicant, made_for=made_for, report=report))

    storage.store().write(export.file_key, fill)
    return written[0]


def fetch(export: SubjectExport, *, officer: Officer) -> Download:
    """Hand the copy out, once: its key is destroyed in the same breath, and the request is done.

    Raises RefusedError by role, ProblemError 409 before it is made and 410 afterwards.
    """
    subject_requests.check_right(officer)
    with transaction.atomic():
        current = SubjectExport.objects.select_for_update().get(pk=export.pk)
        _check_fetchable(current)
        data_key, request = _data_key(current), current.request
        current.fetched_at, current.fetched_by, current.data_key = timezone.now(), officer, None
        current.save(update_fields=["fetched_at", "fetched_by", "data_key"])
        audit.record(
            "subject.export_fetched", actor=officer, obj=request.applicant,
            request=str(request.pk), sha256=current.sha256,
        )  # fmt: skip
        if request.is_open:
            subject_requests.finish(
                request, officer=officer, files=current.files, size_bytes=current.size_bytes
            )
    name = f"subject-{request.applicant_id}-{timezone.localdate():%Y-%m-%d}.zip"
    return Download(name, "application/zip", _parts(current, data_key))


def _check_fetchable(export: SubjectExport) -> None:
    if export.fetched_at is not None:
        text = _("This copy was fetched already; another request makes it anew.")
        raise ProblemError("export_fetched", text, status=410)
    if export.removed_at is not None or export.expires_at < timezone.now():
        text = _("This copy has expired; make it again.")
        raise ProblemError("export_expired", text, status=410)
    if not export.is_ready:
        raise ProblemError("export_not_ready", _("This copy is not ready yet."), status=409)


def _parts(export: SubjectExport, data_key: bytes) -> Iterator[bytes]:
    with storage.store().reading(export.file_key) as file:
        yield from SealedReader(file, data_key, _file_context(export)).iterate()
    _remove(export)


def stale() -> list[SubjectExport]:
    """Return the copies that have expired, or were fetched long ago, and whose file is there."""
    now = timezone.now()
    over = Q(fetched_at__isnull=True, expires_at__lt=now) | Q(fetched_at__lt=now - TRANSFER)
    return list(SubjectExport.objects.filter(over, removed_at__isnull=True))


def remove_expired() -> int:
    """Remove them; return how many."""
    rows = stale()
    for export in rows:
        background.cancel(export)
        _remove(export)
    return len(rows)


def _remove(export: SubjectExport) -> None:
    SubjectExport.objects.filter(pk=export.pk).update(data_key=None, removed_at=timezone.now())
    storage.remove([export.file_key])


def _context(export: SubjectExport) -> str:
    return f"subjectexport/{export.pk}"


def _file_context(export: SubjectExport) -> str:
    return f"{export.pk}/{export.file_key}"


def _data_key(export: SubjectExport) -> bytes:
    return unwrap_key(settings.MEDIA_KEY, bytes(export.data_key or b""), _context(export))

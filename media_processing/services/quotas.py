"""What stands between an officer and an upload: size, number per hour, room on the storage."""

from datetime import timedelta

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from applicants.errors import ProblemError, TooManyError
from applicants.models import Officer
from media_processing.models import Recording, Upload
from media_processing.services import storage

GIGABYTE = 1024**3


def check(officer: Officer, size_bytes: int) -> None:
    """Raise ProblemError 413, 422 or 507 where an upload of this size cannot be taken now."""
    if size_bytes <= 0:
        raise ProblemError(
            "empty_file",
            _("The file is empty. Record again or choose another file."),
            status=422,
        )
    if size_bytes > settings.UPLOAD_MAX_BYTES:
        raise ProblemError(
            "too_large",
            _("The file has %(size).1f GB; at most %(limit).1f GB can be taken.")
            % {"size": size_bytes / GIGABYTE, "limit": settings.UPLOAD_MAX_BYTES / GIGABYTE},
            status=413,
        )
    check_room()


def check_hour(officer: Officer) -> None:
    """Raise TooManyError where the officer has sent enough for an hour."""
    if _in_last_hour(officer) >= settings.UPLOADS_PER_OFFICER_AND_HOUR:
        raise TooManyError(
            "too_many_uploads",
            _("You have sent %(limit)d recordings within an hour. Try again in a few minutes.")
            % {"limit": settings.UPLOADS_PER_OFFICER_AND_HOUR},
        )


def check_room() -> None:
    """Raise ProblemError 507 where the storage is nearly full."""
    if storage.store().free_share() < settings.DISK_REFUSE_BELOW_SHARE:
        raise storage.storage_full()


def _in_last_hour(officer: Officer) -> int:
    since = timezone.now() - timedelta(hours=1)
    recordings = Recording.objects.filter(uploaded_by=officer, created_at__gt=since).count()
    arriving = Upload.objects.filter(
        officer=officer, created_at__gt=since, state=Upload.State.RECEIVING
    ).count()
    return recordings + arriving

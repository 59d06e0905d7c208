"""Work that joins all apps: copies of data, and what is deleted when its time is over."""

from celery import shared_task

from creditweb import dispatch
from creditweb.subjects import exports, retention
from media_processing.models import SubjectExport
from scoring.services import background


@shared_task(name="creditweb.tasks.make_export")
def make_export(export_id: str) -> None:
    exports.make(export_id)


@shared_task(name="creditweb.tasks.catch_up_on_exports")
def catch_up_on_exports() -> None:
    """Ring again for copies whose worker or message was lost."""
    for export_id in background.unrung(SubjectExport):
        dispatch.make_export(export_id)


@shared_task(name="creditweb.tasks.remove_expired_exports")
def remove_expired_exports() -> None:
    exports.remove_expired()


@shared_task(name="creditweb.tasks.apply_retention")
def apply_retention() -> None:
    """Delete what is past its time."""
    retention.apply()

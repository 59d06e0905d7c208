"""The only place that puts work of this package on the queue, once the rows are committed."""

from celery import current_app
from django.db import transaction

# Named, not imported: the tasks ring too.
MAKE_EXPORT = "creditweb.tasks.make_export"


def make_export(export_id: object) -> None:
    """Have a copy of somebody's data made; where the broker is away, the sweep rings again."""
    transaction.on_commit(
        lambda: current_app.send_task(MAKE_EXPORT, args=[str(export_id)], retry=False), robust=True
    )

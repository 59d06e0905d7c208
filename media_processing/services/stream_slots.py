"""How many event streams an officer may hold: each costs a thread and many queries a second."""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from applicants.errors import TooManyError
from applicants.models import Officer
from applicants.services import slots
from applicants.services.slots import Slot

# A stream says something at least every fifteen seconds, and holds its slot on by that. Where its
# process was killed the slot is free again after this.
KEPT_S = 40


class TooManyStreamsError(TooManyError):
    """The officer holds as many streams as one may."""

    retry_after_s = 10


def take(officer: Officer | Any) -> Slot:
    """Take a slot for a stream that begins. Raises TooManyStreamsError where none is free."""
    limit = settings.EVENT_STREAMS_PER_OFFICER
    slot = slots.take(f"event-stream/{officer.pk}", limit, kept_s=KEPT_S)
    if slot is not None:
        return slot
    raise TooManyStreamsError(
        "too_many_streams",
        _("You follow %(limit)d recordings at once. Close a page that you no longer need.")
        % {"limit": limit},
    )

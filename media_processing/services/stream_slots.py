"""How many event streams an officer may hold: each costs a thread and many queries a second."""

import secrets
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.utils.translation import gettext as _

from applicants.models import Officer
from media_processing.services.quotas import TooManyError

# A stream says something at least every fifteen seconds, and holds its slot on by that. Where its
# process was killed the slot is free again after this.
KEPT_S = 40


class TooManyStreamsError(TooManyError):
    """The officer holds as many streams as one may."""

    retry_after_s = 10


@dataclass(frozen=True, slots=True)
class StreamSlot:
    """One of an officer's streams, as long as ``token`` stands under ``key`` in the cache."""

    key: str
    token: str

    def is_held_on(self) -> bool:
        """Hold the slot for another while; False where it was lost, and may be somebody else's."""
        return self._is_own() and bool(cache.touch(self.key, KEPT_S))

    def release(self) -> None:
        if self._is_own():
            cache.delete(self.key)

    def _is_own(self) -> bool:
        return bool(cache.get(self.key) == self.token)


def take(officer: Officer | Any) -> StreamSlot:
    """Take a slot for a stream that begins. Raises TooManyStreamsError where none is free."""
    limit, token = settings.EVENT_STREAMS_PER_OFFICER, secrets.token_hex(8)
    for number in range(limit):
        key = f"event-stream/{officer.pk}/{number}"
        if cache.add(key, token, KEPT_S):
            return StreamSlot(key, token)
    raise TooManyStreamsError(
        "too_many_streams",
        _("You follow %(limit)d recordings at once. Close a page that you no longer need.")
        % {"limit": limit},
    )

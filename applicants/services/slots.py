"""Slots in the cache: how many of something may go on at once, over all processes of the site."""

import secrets
from dataclasses import dataclass

from django.core.cache import cache

TOKEN_BYTES = 8


@dataclass(frozen=True, slots=True)
class Slot:
    """One that was taken, as long as ``token`` stands under ``key`` in the cache.

    Where its process was killed, it is free again after ``kept_s`` seconds.
    """

    key: str
    token: str
    kept_s: int

    def is_held_on(self) -> bool:
        """Hold the slot for another while; False where it was lost, and may be somebody else's."""
        return self._is_own() and bool(cache.touch(self.key, self.kept_s))

    def release(self) -> None:
        if self._is_own():
            cache.delete(self.key)

    def _is_own(self) -> bool:
        return bool(cache.get(self.key) == self.token)


def take(name: str, limit: int, *, kept_s: int) -> Slot | None:
    """Take one of the ``limit`` slots of a name; None where none is free."""
    token = secrets.token_hex(TOKEN_BYTES)
    for number in range(limit):
        key = f"{name}/{number}"
        if cache.add(key, token, kept_s):
            return Slot(key, token, kept_s)
    return None

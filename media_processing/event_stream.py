"""Server-sent events that re-read the rows: a push is only a hint, the rows are the truth."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from typing import Any

from asgiref.sync import sync_to_async
from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import connection
from django.http import HttpResponse, StreamingHttpResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from applicants.services import tokens
from applicants.services.slots import Slot

HEARTBEAT_EVERY_S = 15.0
RECONNECT_MS = 3000

# Told what it said last; returns what stands now, or None where the right to see it has ended.
Read = Callable[[dict[str, Any] | None], dict[str, Any] | None]


def event_stream(events: AsyncGenerator[str], slot: Slot) -> HttpResponse:
    """Return the response that carries events and holds ``slot`` as long as it does."""
    response = StreamingHttpResponse(_holding(slot, events), content_type="text/event-stream")
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"
    return response


async def _holding(slot: Slot, events: AsyncGenerator[str]) -> AsyncIterator[str]:
    """Yield events until they end, the client is gone or the slot was lost."""
    try:
        async with aclosing(events):
            async for event in events:
                if not await sync_to_async(slot.is_held_on)():
                    return
                yield event
    finally:
        await sync_to_async(slot.release)()


async def changes(
    read: Read,
    *,
    name: str,
    is_over: Callable[[dict[str, Any]], bool],
    officer: Any,
    sign_in: str = "",
    token: str = "",
    look_every_s: float = 1.0,
) -> AsyncGenerator[str]:
    """Yield an event ``name`` whenever ``read`` says something new, ``ended`` once it is over.

    ``sign_in`` is the key of the browser's session, ``token`` what a client without one sent: the
    stream ends with either, with a changed password and with the officer's account. The officer's
    rights are read anew each time.
    """
    yield f"retry: {RECONNECT_MS}\n\n"
    number, silent_s, last_text = 0, 0.0, ""
    last: dict[str, Any] | None = None
    while True:
        state = await sync_to_async(_read)(read, last, officer, sign_in=sign_in, token=token)
        if state is None:
            return
        last, text = state, json.dumps(state, separators=(",", ":"))
        if text != last_text:
            number, silent_s, last_text = number + 1, 0.0, text
            yield f"id: {number}\nevent: {name}\ndata: {text}\n\n"
        elif silent_s >= HEARTBEAT_EVERY_S:
            silent_s = 0.0
            yield ": still here\n\n"
        if is_over(state):
            yield f"id: {number + 1}\nevent: ended\ndata: {{}}\n\n"
            return
        await asyncio.sleep(look_every_s)
        silent_s += look_every_s


def _read(
    read: Read, last: dict[str, Any] | None, officer: Any, *, sign_in: str, token: str
) -> dict[str, Any] | None:
    """Read anew, with the right to it; a stream keeps no connection while it waits."""
    try:
        officer.refresh_from_db()
        return read(last) if _is_signed_in(officer, sign_in, token) else None
    finally:
        connection.close()


def _is_signed_in(officer: Any, sign_in: str, token: str) -> bool:
    if token:
        return tokens.officer_of(token) is not None
    return officer.is_active and (not sign_in or _stands(sign_in, officer))


def _stands(sign_in: str, officer: Any) -> bool:
    """Return whether a sign-in goes on: not ended, not expired, under the officer's password."""
    now = timezone.now()
    session = Session.objects.filter(session_key=sign_in, expire_date__gt=now).first()
    told = session.get_decoded().get(HASH_SESSION_KEY, "") if session else ""
    valid = (officer.get_session_auth_hash(), *officer.get_session_auth_fallback_hash())
    return any(constant_time_compare(told, each) for each in valid)

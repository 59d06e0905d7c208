"""Takes and their chunks: each chunk is sealed and committed before it is confirmed."""

import base64
import binascii
import hashlib
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from applicants.errors import ProblemError
from applicants.models import Officer
from applicants.services import audit
from media_processing.models import LiveCapture, LiveChunk, LiveTake
from media_processing.sandbox.recognise import HEAD_BYTES
from media_processing.services import intake, jobs, quotas, storage
from media_processing.services.live.capture import locked_open

# Another tab or device that sent something this recently is still recording.
STILL_RECORDING_S = 10
MAX_TAKES = 100
# What a recorder writes piece by piece and a decoder reads while it grows.
STREAMABLE = ("webm", "matroska", "mp4")
# How Matroska and WebM begin.
EBML = b"\x1aE\xdf\xa3"
# What the recorder's clock may show beyond the longest recording.
SLACK_S = 5.0


@transaction.atomic
def begin_take(
    live: LiveCapture,
    *,
    media_type: str,
    client: str,
    take_over: bool = False,
    officer: Officer | None = None,
) -> LiveTake:
    """Begin the next take. Raises ProblemError 409 where another client is recording.

    A colleague of the branch may go on with a recording; the audit says who began which take.
    """
    locked = locked_open(live)
    newest = locked.takes.order_by("-number").first()
    if newest and not take_over and _records_elsewhere(locked, newest, client):
        raise ProblemError(
            "recorded_elsewhere",
            _("This interview is being recorded in another window. Go on there, or take over."),
            status=409,
        )
    number = newest.number + 1 if newest else 1
    if number > MAX_TAKES:
        raise ProblemError(
            "too_many_takes",
            _("This recording was interrupted too often. Finish it and start another one."),
            status=409,
        )
    locked.takes.filter(ended_at__isnull=True).update(ended_at=timezone.now())
    audit.record("live.take_begun", actor=officer, obj=locked.recording, take=number)
    return LiveTake.objects.create(live=locked, number=number, media_type=media_type, client=client)


def _records_elsewhere(live: LiveCapture, newest: LiveTake, client: str) -> bool:
    recently = timezone.now() - timedelta(seconds=STILL_RECORDING_S)
    last_at = max(newest.started_at, live.last_chunk_at or newest.started_at)
    return newest.ended_at is None and newest.client != client and last_at > recently


@transaction.atomic
def end_take(take: LiveTake) -> None:
    """Note that a take has come to its end."""
    locked_open(take.live)
    LiveTake.objects.filter(pk=take.pk, ended_at__isnull=True).update(ended_at=timezone.now())


def add_chunk(
    take: LiveTake, sequence: int, content: bytes, *, t_end_s: float, checksum: str = ""
) -> tuple[int, list[int]]:
    """Keep a chunk; return the number of the next one and the stages to ring for.

    The same chunk may come twice. Raises ProblemError 409 for a gap or for other bytes under a
    number that is taken, 460 for bytes that do not fit ``checksum``, and what stands against any
    recording.
    """
    digest = hashlib.sha256(content)
    _check_bytes(content, digest.digest(), checksum)
    key = ""
    try:
        with transaction.atomic():
            live = locked_open(take.live)
            # What was read before the lock, a piece sent beside may have moved.
            take.refresh_from_db(fields=["container", "duration_s", "size_bytes"])
            expected = take.chunks.count()
            if sequence < expected:
                _check_same(take, sequence, digest.hexdigest())
                return expected, []
            if sequence > expected:
                raise _missing(expected)
            _check_length(live, take, t_end_s)
            quotas.check(live.recording.uploaded_by, live.recording.size_bytes + len(content))
            stored = storage.write(live.recording.session, [content])
            key = stored.key
            LiveChunk.objects.create(
                take=take, sequence=sequence, key=key, size_bytes=stored.size_bytes,
                sha256=stored.sha256, t_end_s=t_end_s,
            )  # fmt: skip
            # The stage before the recording, as a worker that claims it locks them.
            due = jobs.live_wanted(live.recording)
            _count(live, take, content, sequence, t_end_s)
            return sequence + 1, due
    except BaseException:
        storage.remove([key])
        raise


def _check_bytes(content: bytes, digest: bytes, checksum: str) -> None:
    if not content:
        raise ProblemError("empty_chunk", _("A piece without content was sent."), status=422)
    if len(content) > settings.LIVE_CHUNK_MAX_BYTES:
        raise ProblemError("piece_too_large", _("Send the file in smaller pieces."), status=413)
    if checksum and not _fits(checksum, digest):
        raise ProblemError(
            "checksum_mismatch",
            _("A piece was damaged on its way; it is sent again."),
            status=460,
        )


def _check_length(live: LiveCapture, take: LiveTake, t_end_s: float) -> None:
    """Hold all takes together to the longest recording, whatever the recorder's clock says."""
    others = live.takes.exclude(pk=take.pk).aggregate(total=Sum("duration_s"))
    whole_s = float(others["total"] or 0.0) + t_end_s
    if t_end_s < 0 or whole_s > settings.LIVE_MAX_S + SLACK_S:
        raise ProblemError(
            "too_long",
            _("A recording has at most %(minutes)d minutes.")
            % {"minutes": settings.LIVE_MAX_S // 60},
            status=413,
        )


def _fits(checksum: str, digest: bytes) -> bool:
    """Read ``sha256 BASE64``."""
    name, _space, encoded = checksum.partition(" ")
    try:
        return name == "sha256" and base64.b64decode(encoded, validate=True) == digest
    except binascii.Error:
        return False


def _check_same(take: LiveTake, sequence: int, sha256: str) -> None:
    if not take.chunks.filter(sequence=sequence, sha256=sha256).exists():
        raise ProblemError(
            "chunk_differs", _("Another piece was kept under this number."), status=409
        )


def _missing(expected: int) -> ProblemError:
    return ProblemError(
        "chunk_missing",
        _("The recording goes on at piece %(number)d.") % {"number": expected},
        fields={"next": str(expected)},
        status=409,
    )


def _count(
    live: LiveCapture, take: LiveTake, content: bytes, sequence: int, t_end_s: float
) -> None:
    if sequence == 0:
        take.container = _streamable(content)
        if not live.recording.container:
            live.recording.container = take.container
    take.duration_s = max(take.duration_s, t_end_s)
    take.size_bytes += len(content)
    take.save(update_fields=["container", "duration_s", "size_bytes"])
    live.recording.size_bytes = F("size_bytes") + len(content)
    live.recording.save(update_fields=["container", "size_bytes"])
    live.last_chunk_at = timezone.now()
    live.save(update_fields=["last_chunk_at"])


def _streamable(head: bytes) -> str:
    if len(head) < len(EBML) and EBML.startswith(head):
        # Some recorders hand out the first bytes of a WebM by themselves.
        return "webm"
    container = intake.recognised(head[:HEAD_BYTES]).name
    if container not in STREAMABLE:
        raise ProblemError(
            "not_streamable",
            _("A live recording is sent as WebM, Matroska or MP4; upload other files whole."),
            status=415,
        )
    return container

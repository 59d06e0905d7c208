"""Reading a session's timeline, against reading as many rows without an index."""

from collections.abc import Iterator

from django.db import connection, transaction

from benchmarks.figure import Figure, median_s
from media_processing.models import Observation
from tests.factories import RecordingFactory

SESSIONS, ROWS = 30, 1000
LIMIT_S = 0.005


def figures() -> Iterator[Figure]:
    with transaction.atomic():
        yield from _figures()
        transaction.set_rollback(True)


def _figures() -> Iterator[Figure]:
    recordings = [RecordingFactory() for _ in range(SESSIONS)]
    for recording in recordings:
        Observation.objects.bulk_create(_observations(recording))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE media_processing_observation")
    session_id = recordings[SESSIONS // 2].session_id
    indexed_s = median_s(lambda: _read(session_id), repeats=20)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_indexscan = off; SET LOCAL enable_bitmapscan = off")
    yield Figure(
        "timeline of a session, 1000 rows", indexed_s, "s", "the same without the index",
        median_s(lambda: _read(session_id), repeats=5), "well below 1",
    )  # fmt: skip
    yield Figure(
        "timeline of a session, 1000 rows, against its limit", indexed_s, "s", "limit of 5 ms",
        LIMIT_S, "below 1",
    )  # fmt: skip


def _observations(recording) -> Iterator[Observation]:  # type: ignore[no-untyped-def]
    for n in range(ROWS):
        yield Observation(
            recording=recording, session=recording.session, modality="face", t_start_s=n / 5,
            t_end_s=n / 5 + 0.2, probabilities=[0.1, 0.1, 0.1, 0.4, 0.1, 0.1, 0.1], valence=0,
            arousal=0, confidence=1, quality=1,
        )  # fmt: skip


def _read(session_id: object) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT t_start_s, t_end_s, probabilities, valence FROM media_processing_observation"
            " WHERE session_id = %s AND modality = 'face' ORDER BY t_start_s",
            [session_id],
        )
        return list(cursor.fetchall())

"""A session's timeline comes from one index, in order, without a sort."""

import pytest
from django.db import connection

from media_processing.models import Observation
from tests.factories import RecordingFactory

ROWS = 1000
PROBABILITIES = [0.1, 0.1, 0.1, 0.4, 0.1, 0.1, 0.1]


def _observe(recording, count: int) -> None:  # type: ignore[no-untyped-def]
    Observation.objects.bulk_create(
        Observation(
            recording=recording, session=recording.session, modality="face", t_start_s=n / 5,
            t_end_s=n / 5 + 0.2, probabilities=PROBABILITIES, valence=0, arousal=0, confidence=1,
            quality=1,
        )
        for n in range(count)
    )  # fmt: skip


@pytest.mark.django_db
def test_the_timeline_of_a_session_is_a_range_of_one_index() -> None:
    recordings = [RecordingFactory() for _ in range(10)]
    for recording in recordings:
        _observe(recording, ROWS)
    rows = Observation.objects.filter(session=recordings[3].session_id, modality="face")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE media_processing_observation")
    plan = rows.filter(t_start_s__gte=10, t_start_s__lt=20).order_by("t_start_s").explain()
    assert "timeline_of_a_session" in plan
    assert "Seq Scan" not in plan
    assert rows.count() == ROWS

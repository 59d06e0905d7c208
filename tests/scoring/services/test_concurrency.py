"""Two writers at once: every revision gets its own number, none is lost."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from applicants.models import Application, Officer
from scoring.models import ScoreRevision
from scoring.services.rescore import rescore

WRITERS = 4


@pytest.mark.django_db(transaction=True)
def test_writers_at_once_give_each_revision_its_own_sequence(
    application: Application, officer: Officer
) -> None:
    def score_again(_: int) -> int:
        try:
            return rescore(application, ScoreRevision.Cause.REQUESTED, actor=officer).sequence
        finally:
            connection.close()

    with ThreadPoolExecutor(WRITERS) as pool:
        sequences = list(pool.map(score_again, range(WRITERS)))
    assert sorted(sequences) == [1, 2, 3, 4]
    assert application.score_revisions.count() == WRITERS

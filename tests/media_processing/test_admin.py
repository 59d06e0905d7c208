"""The administrator tries again what was given up; nothing else can be changed there."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from applicants.models import Officer
from media_processing.models import ProcessingJob, Stage
from tests.factories import ProcessingJobFactory

pytestmark = pytest.mark.django_db
ClientOf = Callable[[Officer], Client]


@pytest.fixture
def dead() -> Stage:
    job = ProcessingJobFactory(state=ProcessingJob.State.FAILED)
    job.stages.update(state=Stage.State.DONE)
    job.stages.filter(name="face").update(state=Stage.State.DEAD, error_code="worker_lost")
    return job.stages.get(name="face")


def _try_again(client: Client, stage: Stage) -> None:
    url = reverse("admin:media_processing_stage_changelist")
    client.post(url, {"action": "try_again", "_selected_action": [stage.pk]})
    stage.refresh_from_db()


def test_a_dead_stage_is_tried_again(client_of: ClientOf, admin: Officer, dead: Stage) -> None:
    _try_again(client_of(admin), dead)
    assert (dead.state, dead.attempt) == (Stage.State.QUEUED, 0)


def test_an_officer_has_no_way_in(client_of: ClientOf, officer: Officer, dead: Stage) -> None:
    _try_again(client_of(officer), dead)
    assert dead.state == Stage.State.DEAD


def test_rows_are_only_shown(client_of: ClientOf, admin: Officer, dead: Stage) -> None:
    client = client_of(admin)
    for name, pk in (("stage", dead.pk), ("processingjob", dead.job_id)):
        page = client.get(reverse(f"admin:media_processing_{name}_change", args=[pk]))
        assert page.status_code == 200
        assert b'name="_save"' not in page.content
        delete = reverse(f"admin:media_processing_{name}_delete", args=[pk])
        assert client.post(delete, {"post": "yes"}).status_code == 403

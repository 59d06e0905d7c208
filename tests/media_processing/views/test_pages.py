"""The pages of sessions: who reaches them, and what they say."""

import json
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from applicants.models import Applicant, Application, Consent, Officer
from media_processing.models import CaptureSession, ProcessingJob, Recording, Stage
from media_processing.services.sessions import open_session
from tests.media_processing.views.recordings import (
    DURATION_S,
    new_recording,
    processed_recording,
)

pytestmark = pytest.mark.django_db
ClientOf = Callable[[Officer], Client]


@pytest.fixture
def recording(session: CaptureSession) -> Recording:
    return processed_recording(session)


def _urls(recording: Recording) -> dict[str, str]:
    application = recording.session.application
    keys = {
        "session": recording.session_id,
        "session_recordings": recording.session_id,
        "session_workspace": recording.session_id,
        "recording_figures": recording.pk,
        "application_sessions": application.pk,
        "applicant_sessions": application.applicant_id,
        "new_session": application.pk,
        "withdraw_consent": application.applicant_id,
        "cancel_job": recording.job.pk,
        "retry_stage": recording.job.stages.first().pk,
    }
    return {name: reverse(f"media:{name}", args=[key]) for name, key in keys.items()}


MEDIA_PAGES = ("session", "session_recordings", "session_workspace", "recording_figures")
PANELS = ("application_sessions", "applicant_sessions")
ACTIONS = ("new_session", "withdraw_consent", "cancel_job", "retry_stage")


# --- who reaches what -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", MEDIA_PAGES + PANELS + ACTIONS)
def test_strangers_are_sent_to_the_sign_in(recording: Recording, name: str) -> None:
    client = Client()
    answer = (client.post if name in ACTIONS else client.get)(_urls(recording)[name])
    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse("login"))


@pytest.mark.parametrize("name", MEDIA_PAGES + ACTIONS)
def test_a_role_without_the_right_is_refused(
    client_of: ClientOf, auditor: Officer, recording: Recording, name: str
) -> None:
    client = client_of(auditor)
    answer = (client.post if name in ACTIONS else client.get)(_urls(recording)[name])
    assert answer.status_code == 403


@pytest.mark.parametrize("name", MEDIA_PAGES + PANELS + ACTIONS)
def test_another_branch_does_not_exist(
    client_of: ClientOf, other_branch_officer: Officer, recording: Recording, name: str
) -> None:
    client = client_of(other_branch_officer)
    answer = (client.post if name in ACTIONS else client.get)(_urls(recording)[name])
    assert answer.status_code == 404


@pytest.mark.parametrize("name", MEDIA_PAGES + PANELS)
def test_the_officer_of_the_branch_is_served(
    client_of: ClientOf, officer: Officer, recording: Recording, name: str
) -> None:
    assert client_of(officer).get(_urls(recording)[name]).status_code == 200


@pytest.mark.parametrize("name", ACTIONS)
def test_a_link_alone_changes_nothing(
    client_of: ClientOf, officer: Officer, recording: Recording, name: str
) -> None:
    assert client_of(officer).get(_urls(recording)[name]).status_code == 405


def test_who_may_not_see_media_gets_the_list_without_links(
    client_of: ClientOf, auditor: Officer, recording: Recording
) -> None:
    page = client_of(auditor).get(_urls(recording)["application_sessions"]).content.decode()
    assert "interview" not in page
    assert reverse("media:session", args=[recording.session_id]) not in page


# --- the session page -----------------------------------------------------------------------------


def _page(client: Client, session: CaptureSession) -> str:
    answer = client.get(reverse("media:session", args=[session.pk]))
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_page_names_what_a_network_output_is_not(
    client_of: ClientOf, officer: Officer, recording: Recording
) -> None:
    page = _page(client_of(officer), recording.session)
    assert "Network output, not a fact about the person." in page
    assert 'id="limits"' in page


def test_a_modality_that_was_not_read_says_why(
    client_of: ClientOf, officer: Officer, recording: Recording
) -> None:
    page = _page(client_of(officer), recording.session)
    assert "The file has no sound" in page
    assert 'data-lines="face"' in page
    assert 'data-lines="voice"' not in page
    assert 'data-lines="gait"' not in page


def test_only_what_was_measured_has_a_track(
    client_of: ClientOf, officer: Officer, recording: Recording
) -> None:
    page = _page(client_of(officer), recording.session)
    assert 'data-layer="box"' in page
    assert 'data-layer="pose"' not in page
    assert "data-waveform" not in page


def test_each_peak_leads_to_its_moment(
    client_of: ClientOf, officer: Officer, recording: Recording
) -> None:
    page = _page(client_of(officer), recording.session)
    moments_s = [float(text) for text in re.findall(r'data-seek-s="([\d.]+)"', page)]
    assert moments_s
    assert all(DURATION_S / 2 < moment_s <= DURATION_S for moment_s in moments_s)


def test_a_refused_file_shows_its_sentence_and_code(
    client_of: ClientOf, officer: Officer, session: CaptureSession
) -> None:
    new_recording(
        session, state=Recording.State.REJECTED, refusal_code="truncated",
        refusal_message="The recording is incomplete.",
    )  # fmt: skip
    page = _page(client_of(officer), session)
    assert "The recording is incomplete." in page
    assert "truncated" in page
    assert "/retry/" not in page


def test_a_failed_step_can_be_tried_again(
    client_of: ClientOf, officer: Officer, recording: Recording
) -> None:
    recording.job.stages.filter(name="face").update(
        state=Stage.State.DEAD, error_code="worker_lost", error_message="Given up after 3 attempts."
    )
    page = _page(client_of(officer), recording.session)
    assert "Given up after 3 attempts." in page
    stage = recording.job.stages.get(name="face")
    assert reverse("media:retry_stage", args=[stage.pk]) in page


def test_a_running_step_shows_its_share(
    client_of: ClientOf, officer: Officer, session: CaptureSession
) -> None:
    job = new_recording(session).job
    job.stages.filter(name="canonicalise").update(state=Stage.State.RUNNING, done=31, total=100)
    page = _page(client_of(officer), session)
    assert 'value="31"' in page
    assert 'data-open="yes"' in page


def test_the_place_in_the_queue_counts_those_ahead(
    client_of: ClientOf, officer: Officer, session: CaptureSession
) -> None:
    first, second = new_recording(session), new_recording(session)
    earlier = timezone.now() - timedelta(seconds=9)
    first.job.stages.filter(name="canonicalise").update(queued_at=earlier)
    page = _page(client_of(officer), session)
    assert page.index("place 1") < page.index("place 2")
    assert page.index(str(first.pk)) < page.index("place 1") < page.index(str(second.pk))


@pytest.mark.parametrize(("waited_s", "is_told"), [(5, False), (60, True)])
def test_a_missing_worker_is_told_after_half_a_minute(
    client_of: ClientOf, officer: Officer, session: CaptureSession, waited_s: int, is_told: bool
) -> None:
    since = timezone.now() - timedelta(seconds=waited_s)
    new_recording(session).job.stages.filter(name="canonicalise").update(queued_at=since)
    page = _page(client_of(officer), session)
    assert ("No worker is taking up work" in page) is is_told


def test_without_consent_nothing_can_be_chosen_and_the_reason_stands_there(
    client_of: ClientOf, officer: Officer, application: Application, media_folder: object
) -> None:
    session = open_session(application, officer=officer)
    page = _page(client_of(officer), session)
    assert "The applicant has not agreed to a recording." in page
    assert "<fieldset disabled>" in page


def test_with_consent_the_limits_are_stated(
    client_of: ClientOf, officer: Officer, session: CaptureSession
) -> None:
    page = _page(client_of(officer), session)
    assert "Up to 2 GB and 30 minutes per file" in page
    assert "<fieldset disabled>" not in page


def test_a_simulated_session_says_so_and_takes_no_recording(
    client_of: ClientOf, officer: Officer, session: CaptureSession
) -> None:
    CaptureSession.objects.filter(pk=session.pk).update(simulated=True)
    page = _page(client_of(officer), session)
    assert "This session is simulated" in page
    assert 'type="file"' not in page


def test_an_unknown_recording_in_the_address_shows_the_first(
    client_of: ClientOf, officer: Officer, recording: Recording
) -> None:
    url = reverse("media:session", args=[recording.session_id])
    page = client_of(officer).get(url, {"recording": "nonsense"}).content.decode()
    assert f'data-recording="{recording.pk}"' in page
    assert 'id="player"' in page


def test_an_erased_session_says_so_and_shows_no_player(
    client_of: ClientOf, officer: Officer, recording: Recording
) -> None:
    applicant = recording.session.application.applicant
    withdraw = reverse("media:withdraw_consent", args=[applicant.pk])
    client_of(officer).post(withdraw, {"scopes": Consent.Scope.RECORDING})
    page = _page(client_of(officer), recording.session)
    assert "were erased" in page
    assert 'id="player"' not in page
    assert 'type="file"' not in page


# --- figures --------------------------------------------------------------------------------------


def test_figures_have_one_line_per_label_and_a_break_in_each_gap(
    client_of: ClientOf, officer: Officer, recording: Recording
) -> None:
    url = reverse("media:recording_figures", args=[recording.pk])
    figures = json.loads(client_of(officer).get(url).content)
    assert set(figures) == {"face", "affect", "circumplex"}
    assert [trace["name"] for trace in figures["face"]["data"]] == [
        "angry", "disgust", "fear", "happy", "neutral", "sad", "surprise",
    ]  # fmt: skip
    assert figures["face"]["layout"]["xaxis"]["range"] == [0, DURATION_S]


# --- actions --------------------------------------------------------------------------------------


def test_a_new_session_opens_its_page(
    client_of: ClientOf, officer: Officer, application: Application, media_folder: object
) -> None:
    answer = client_of(officer).post(reverse("media:new_session", args=[application.pk]))
    session = CaptureSession.objects.get()
    assert answer["Location"] == reverse("media:session", args=[session.pk])


def test_a_decided_application_takes_no_session(
    client_of: ClientOf, officer: Officer, application: Application, media_folder: object
) -> None:
    Application.objects.filter(pk=application.pk).update(state=Application.State.DECLINED)
    answer = client_of(officer).post(
        reverse("media:new_session", args=[application.pk]), follow=True
    )
    assert not CaptureSession.objects.exists()
    assert "A decided application takes no new session." in answer.content.decode()


def test_cancelling_answers_the_list_as_it_is_now(
    client_of: ClientOf, officer: Officer, session: CaptureSession
) -> None:
    job = new_recording(session).job
    url = reverse("media:cancel_job", args=[job.pk])
    answer = client_of(officer).post(url, headers={"HX-Request": "true"})
    assert ProcessingJob.objects.get().state == ProcessingJob.State.CANCELLED
    assert 'data-open="no"' in answer.content.decode()
    assert "<html" not in answer.content.decode()


def test_retrying_queues_the_failed_step(
    client_of: ClientOf, officer: Officer, recording: Recording
) -> None:
    stage = recording.job.stages.get(name="face")
    Stage.objects.filter(pk=stage.pk).update(state=Stage.State.FAILED)
    client_of(officer).post(reverse("media:retry_stage", args=[stage.pk]))
    stage.refresh_from_db()
    assert stage.state == Stage.State.QUEUED


def test_taking_consent_back_erases_what_it_covered(
    client_of: ClientOf, officer: Officer, recording: Recording
) -> None:
    applicant: Applicant = recording.session.application.applicant
    url = reverse("media:withdraw_consent", args=[applicant.pk])
    client_of(officer).post(url, {"scopes": Consent.Scope.FACE})
    assert not recording.observations.exists()
    page = _page(client_of(officer), recording.session)
    assert "The applicant has not agreed to this analysis" in page

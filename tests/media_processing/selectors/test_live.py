"""What a page or a client is told while somebody is recorded, and what is kept from it."""

import uuid
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from applicants.models import AuditEvent, Branch, Officer
from media_processing.analysis.types import Modality
from media_processing.models import CaptureSession, LiveCapture, Observation
from media_processing.selectors import observations_of
from media_processing.selectors.live import captures_for, live_state
from media_processing.services import consent
from media_processing.services.live import capture
from scoring.models import Evidence, ReviewFlag, ScoreRevision
from tests.media_processing import live_talk

ClientOf = Callable[[Officer], Client]
pytestmark = pytest.mark.django_db


@pytest.fixture
def live(session: CaptureSession, officer: Officer, settings: object) -> LiveCapture:
    settings.JURISDICTION = "demo"
    return live_talk.opened(session, officer)


@pytest.fixture
def hidden(live: LiveCapture) -> LiveCapture:
    Branch.objects.update(live_display=Branch.LiveDisplay.HIDDEN)
    return LiveCapture.objects.get(pk=live.pk)


def state(live: LiveCapture, officer: Officer, **more: object) -> dict:
    return live_state(captures_for(officer).get(pk=live.pk), officer=officer, **more)


def test_the_score_moves_while_the_applicant_speaks(live: LiveCapture, officer: Officer) -> None:
    before = state(live, officer)
    assert before["score"]["adjustment"] == 0
    live_talk.hand_over(live, live_talk.observe(live, strongest="angry"))
    after = state(live, officer)["score"]
    assert after["sequence"] == before["score"]["sequence"] + 1
    assert after["financial_score"] == before["score"]["financial_score"]
    assert after["adjustment"] < 0
    assert after["final_score"] == after["financial_score"] + after["adjustment"]
    assert after["low"] <= after["final_score"] <= after["high"]
    was = before["score"]
    assert after["high"] - after["low"] < was["high"] - was["low"]


def test_a_rule_is_heard_before_it_may_raise_a_flag(live: LiveCapture, officer: Officer) -> None:
    assert state(live, officer)["alerts"] == []
    live_talk.hand_over(live, live_talk.observe(live, strongest="angry"))
    alerts = state(live, officer)["alerts"]
    sustained = next(each for each in alerts if each["rule"] == "sustained_fear_anger")
    assert sustained["so_far"] and sustained["url"] == ""
    assert "observed expression signal" in sustained["seen"]
    assert not ReviewFlag.objects.exists()


def test_several_people_are_told_as_soon_as_they_are_counted(
    live: LiveCapture, officer: Officer
) -> None:
    live_talk.hand_over(live, live_talk.observe(live), people=3.0)
    rules = {each["rule"] for each in state(live, officer)["alerts"]}
    assert "several_people" in rules


def test_a_walk_without_a_rhythm_is_told_while_it_goes_on(
    live: LiveCapture, officer: Officer
) -> None:
    rows = live_talk.observe(live, Modality.GAIT)
    live_talk.hand_over(live, rows, "gait", steps=30, step_regularity=0.9)
    rules = {each["rule"] for each in state(live, officer)["alerts"]}
    assert "gait_instability" not in rules
    live_talk.hand_over(live, rows, "gait", steps=30, step_regularity=0.05)
    alerts = {each["rule"]: each for each in state(live, officer)["alerts"]}
    assert alerts["gait_instability"]["so_far"]
    assert alerts["gait_instability"]["modality"] == "gait"
    assert not ReviewFlag.objects.exists()


def test_a_raised_flag_takes_the_place_of_what_was_heard_before(
    live: LiveCapture, officer: Officer
) -> None:
    live_talk.hand_over(live, live_talk.observe(live, strongest="angry"))
    raised = state(live, officer)["alerts"]
    flag = ReviewFlag.objects.create(
        application=live.recording.session.application, session_id=live.recording.session_id,
        revision=ScoreRevision.objects.latest("sequence"), rule_id="sustained_fear_anger",
        rule_version="1", title="Sustained signal of fear or anger", text="Seen.", observed=58,
        threshold=10, priority=2, modality="face", due_at=live.opened_at,
    )  # fmt: skip
    alerts = state(live, officer)["alerts"]
    assert len(alerts) == len(raised)
    assert str(flag.pk) in {each["id"] for each in alerts}
    assert any(each["url"].endswith(f"{flag.pk}/") for each in alerts)


def test_alerts_are_said_in_the_language_of_the_page(live: LiveCapture, officer: Officer) -> None:
    live_talk.hand_over(live, live_talk.observe(live, strongest="angry"))
    english = state(live, officer)["alerts"][0]
    with translation.override("zh-hans"):
        chinese = state(live, officer)["alerts"][0]
    assert chinese["id"] == english["id"]
    assert chinese["text"] != english["text"]
    assert chinese["seen"] != english["seen"]


def test_the_same_revision_is_not_worked_out_twice(
    live: LiveCapture, officer: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    live_talk.hand_over(live, live_talk.observe(live, strongest="angry"))
    first = state(live, officer)
    monkeypatch.setattr("media_processing.selectors.live_score.so_far", None)
    again = state(live, officer, since=first["cursor"], last=first)
    assert (again["score"], again["alerts"]) == (first["score"], first["alerts"])
    with CaptureQueriesContext(
        connection,
    ) as asked:
        state(live, officer, since=first["cursor"], last=first)
    assert len(asked) <= 8


def test_a_hidden_talk_tells_no_signal_and_moves_no_score(
    hidden: LiveCapture, officer: Officer, client_of: ClientOf
) -> None:
    live_talk.hand_over(hidden, live_talk.observe(hidden, strongest="angry"))
    told = state(hidden, officer)
    assert told["hidden"] is True
    assert not any(told["observations"].values())
    assert (told["score"], told["alerts"]) == (None, [])
    assert told["progress"]["people"] == 1
    assert not Evidence.objects.exists()
    client, session = client_of(officer), hidden.recording.session
    assert Observation.objects.filter(session=session).exists()
    assert not observations_of(session).exists()
    rows = client.get(reverse("api_session_observations", args=[session.pk]))
    assert rows.json()["count"] == 0
    figures = reverse("media:recording_figures", args=[hidden.recording_id])
    assert client.get(figures).status_code == 404
    page = client.get(reverse("media:live", args=[hidden.pk])).content.decode()
    assert "Hidden during the talk" in page
    assert "data-band" not in page and "data-score" not in page


def test_what_was_hidden_is_open_once_the_recording_has_ended(
    hidden: LiveCapture, officer: Officer
) -> None:
    live_talk.observe(hidden)
    hidden.takes.update(size_bytes=10)
    capture.close(hidden, officer=officer)
    told = state(hidden, officer)
    assert told["hidden"] is False
    assert told["observations"]["face"]
    assert told["score"]["final_score"]
    assert observations_of(hidden.recording.session).exists()


def test_consent_taken_back_in_the_middle_takes_everything_back(
    live: LiveCapture, officer: Officer
) -> None:
    live_talk.hand_over(live, live_talk.observe(live, strongest="angry"))
    moved = state(live, officer)["score"]
    assert moved["adjustment"] != 0 or moved["is_class_protected"]
    LiveCapture.objects.filter(pk=live.pk).update(
        subject={"face": [{"t_s": 1, "box": [0, 0, 1, 1]}]}
    )
    consent.withdraw(
        live.recording.session.application.applicant, ["recording", "face"], officer=officer
    )
    told = state(live, officer)
    assert told["state"] == "withdrawn"
    assert told["score"]["adjustment"] == 0
    assert told["score"]["final_score"] == moved["financial_score"]
    assert told["alerts"] == []
    assert not any(told["observations"].values())
    assert told["subject"] == {}
    assert told["progress"]["faces"] == []


def test_another_branch_hears_nothing(
    live: LiveCapture, other_branch_officer: Officer, client_of: ClientOf
) -> None:
    client = client_of(other_branch_officer)
    for name in ("api_live", "api_live_events", "media:live"):
        assert client.get(reverse(name, args=[live.pk])).status_code == 404
    assert client.get(reverse("api_live", args=[uuid.uuid4()])).status_code == 404


def test_the_setting_of_a_branch_is_changed_and_audited(
    live: LiveCapture, admin: Officer, client_of: ClientOf
) -> None:
    branch = live.recording.session.application.branch
    url = reverse("admin:applicants_branch_change", args=[branch.pk])
    values = {"code": branch.code, "name": branch.name, "country": branch.country}
    answer = client_of(admin).post(url, values | {"live_display": "hidden"})
    assert answer.status_code == 302
    branch.refresh_from_db()
    assert branch.live_display == Branch.LiveDisplay.HIDDEN
    event = AuditEvent.objects.get(action="branch.changed")
    assert event.detail == {"fields": ["live_display"], "live_display": "hidden"}


def test_voice_alone_has_one_band(
    session: CaptureSession, officer: Officer, client_of: ClientOf
) -> None:
    live = live_talk.opened(session, officer, kind="voice")
    page = client_of(officer).get(reverse("media:live", args=[live.pk])).content.decode()
    assert page.count("data-band") == 1
    live_talk.observe(live, Modality.VOICE)
    assert len(state(live, officer)["observations"]["voice"]) == 58

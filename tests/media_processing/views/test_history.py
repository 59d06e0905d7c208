"""The emotion history on the session page: who sees it, and what it says."""

import json
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from applicants.models import Officer
from media_processing.analysis.types import Modality
from media_processing.models import CaptureSession, EmotionHistory, ProcessingJob, Recording
from media_processing.services import histories, observations
from media_processing.views.history_parts import history_of, in_words
from tests.media_processing.analysis.fusion_readings import observation, peaked, place_numbers
from tests.media_processing.views.recordings import new_recording, processed_recording

pytestmark = pytest.mark.django_db
ClientOf = Callable[[Officer], Client]


@pytest.fixture
def recording(
    session: CaptureSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Recording:
    """A processed interview whose voice contradicts a happy face from 30 to 34 s."""
    place_numbers(tmp_path, conflict_divergence=0.4)
    monkeypatch.setattr(histories, "WEIGHTS_DIR", tmp_path)
    made = processed_recording(session)
    voice = [observation(Modality.VOICE, 30.0, 34.0, peaked("angry", 0.95), quality=1.0)]
    observations.append(made, voice, "cd" * 32)
    histories.rebuild(made)
    return made


def _page(client: Client, recording: Recording, name: str = "session") -> str:
    return client.get(reverse(f"media:{name}", args=[recording.session_id])).content.decode()


def _series(client: Client, recording: Recording) -> dict:
    answer = client.get(reverse("media:session_series", args=[recording.session_id]))
    return json.loads(answer.content)["recordings"][0]


# --- who sees it ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["session_series", "session_workspace", "session"])
def test_it_stands_behind_the_rights_of_the_session(
    client_of: ClientOf,
    auditor: Officer,
    other_branch_officer: Officer,
    recording: Recording,
    name: str,
) -> None:
    url = reverse(f"media:{name}", args=[recording.session_id])

    assert Client().get(url).status_code == 302
    assert client_of(auditor).get(url).status_code == 403
    assert client_of(other_branch_officer).get(url).status_code == 404


def test_the_officer_of_the_branch_gets_it(
    client_of: ClientOf, officer: Officer, recording: Recording
) -> None:
    assert _series(client_of(officer), recording)["history"] == recording.history.content
    page = _page(client_of(officer), recording)
    assert page.count('canvas data-history="') == 3
    assert 'id="history-words"' in page


# --- what it says ---------------------------------------------------------------------------------


def test_the_words_tell_what_the_picture_shows(recording: Recording) -> None:
    history = history_of(recording)
    assert history is not None

    first, last = history.stretches[0], history.stretches[-1]
    assert (first.label, last.label) == ("neutral", "happy")
    assert first.from_s == 0.0
    assert all(one.to_s <= other.from_s for one, other in pairwise(history.stretches))
    (conflict,) = history.conflicts
    assert 29.0 <= conflict.from_s <= 31.0 and 33.0 <= conflict.to_s <= 35.0
    assert conflict.conflict == "Face: Happy, Voice: Angry"
    assert [str(signal) for signal in conflict.signals] == ["Face", "Voice"]


class Unsearched(list):
    """A list that must not be looked through again for every moment."""

    def __contains__(self, item: object) -> bool:
        raise AssertionError("looked through for one moment")


def test_a_long_history_is_read_once() -> None:
    count = 4000
    quarrels = Unsearched(place for place in range(count) if place % 4 < 2)
    content = {
        "hop_s": 0.5,
        "t_s": [place / 2 for place in range(count)],
        "probabilities": [peaked("happy", 0.9)] * count,
        "uncertainty": [0.2] * count,
        "weights": {name: [1.0] * count for name in ("face", "voice", "gait")},
        "strongest": {"face": [3] * count, "voice": [5] * count, "gait": [3] * count},
        "conflicts": {"face-voice": quarrels, "voice-gait": Unsearched([0])},
    }
    history = in_words(EmotionHistory(method="product_of_experts", content=content))

    assert len(history.conflicts) == count / 4 + 1
    # The first moment has a quarrel of its own; then two with, and two without.
    assert len(history.stretches) == count / 2 + 1
    assert history.conflicts[0].conflict == "Face: Happy, Voice: Sad, Gait and posture: Happy"
    assert history.conflicts[1].conflict == "Face: Happy, Voice: Sad"
    assert (history.conflicts[2].from_s, history.conflicts[2].to_s) == (1.75, 2.75)


def test_a_gap_parts_two_stretches_of_the_same_label(recording: Recording) -> None:
    """Nothing was observed from 10 to 14 s; the calm before and after are two stretches."""
    history = history_of(recording)
    assert history is not None

    calm = [stretch for stretch in history.stretches if stretch.label == "neutral"]
    assert len(calm) == 2
    assert calm[0].to_s <= 10.6 and calm[1].from_s >= 13.4


def test_the_page_names_method_and_purpose(
    client_of: ClientOf, officer: Officer, recording: Recording
) -> None:
    page = _page(client_of(officer), recording, "session_workspace")

    assert "For display and review: the score does not read it." in page
    assert recording.history.network_sha256[:12] in page
    assert reverse("media:model_card", args=["fusion"]) in page
    assert "Face: Happy, Voice: Angry" in page
    assert "A reason to look and listen, and no more" in page


def test_without_a_history_the_page_says_why(
    client_of: ClientOf, officer: Officer, recording: Recording, session: CaptureSession
) -> None:
    EmotionHistory.objects.all().delete()
    client = client_of(officer)
    assert "Not made for this recording" in _page(client, recording)
    assert _series(client, recording)["history"] is None

    ProcessingJob.objects.update(state=ProcessingJob.State.RUNNING)
    assert "Put together when all signals of the recording have been read" in _page(
        client, recording
    )


def test_a_recording_in_which_nothing_was_observed_says_so(
    client_of: ClientOf, officer: Officer, session: CaptureSession
) -> None:
    silent = new_recording(session, duration_s=5.0, state=Recording.State.DONE)
    ProcessingJob.objects.update(state=ProcessingJob.State.DONE)

    page = _page(client_of(officer), silent)

    assert "Nothing was observed that could be put together" in page
    assert "data-history=" not in page


def test_the_card_of_the_fusion_can_be_read(client_of: ClientOf, officer: Officer) -> None:
    answer = client_of(officer).get(reverse("media:model_card", args=["fusion"]))

    assert answer.status_code == 200
    assert "simulation" in answer.content.decode()

"""Rows of somebody who is not the applicant go when the officer says so, whoever watches."""

import pytest

from applicants.models import Officer
from media_processing.analysis.types import Modality
from media_processing.models import CaptureSession, LiveCapture, LiveProgress, Observation, Stage
from media_processing.services.live import marks
from scoring.models import Evidence
from tests.media_processing import live_talk

pytestmark = pytest.mark.django_db
FACE = {"take": 1, "t_s": 1.0, "box": [0.1, 0.1, 0.2, 0.3]}
OTHER = {"take": 1, "t_s": 30.0, "box": [0.6, 0.1, 0.2, 0.3]}


@pytest.fixture
def live(session: CaptureSession, officer: Officer) -> LiveCapture:
    """Face and voice were confirmed, observed and handed to the score."""
    live = live_talk.opened(session, officer)
    marks.set_subject(live, {"face": FACE, "voice": {"mode": "all"}}, officer=officer)
    for modality in (Modality.FACE, Modality.VOICE):
        live_talk.hand_over(live, live_talk.observe(live, modality), modality)
    return live


def _rows(modality: str) -> int:
    return Observation.objects.filter(modality=modality).count()


def _usable_s(modality: str) -> float:
    return Evidence.objects.filter(modality=modality).order_by("-sequence")[0].summary["usable_s"]


def test_a_face_that_is_taken_back_leaves_nothing(live: LiveCapture, officer: Officer) -> None:
    assert _rows("face") > 0 and _usable_s("face") > 0
    marks.set_subject(live, {"face": None}, officer=officer)
    assert _rows("face") == 0 and _usable_s("face") == 0
    assert _rows("voice") > 0 and _usable_s("voice") > 0
    assert LiveProgress.objects.get(live=live).horizons.keys() == {"voice"}


def test_another_voice_leaves_nothing_of_the_first(live: LiveCapture, officer: Officer) -> None:
    marks.set_subject(live, {"voice": {"mode": "left"}}, officer=officer)
    assert _rows("voice") == 0 and _usable_s("voice") == 0
    assert _rows("face") > 0


def test_the_same_voice_once_more_changes_nothing(live: LiveCapture, officer: Officer) -> None:
    before = _rows("voice")
    marks.set_subject(live, {"voice": {"mode": "all"}}, officer=officer)
    assert _rows("voice") == before > 0


@pytest.mark.parametrize("is_watched", [True, False])
def test_a_further_face_is_held_against_the_first_by_whoever_watches(
    live: LiveCapture, officer: Officer, is_watched: bool
) -> None:
    if not is_watched:
        Stage.objects.filter(name="live").update(state=Stage.State.QUEUED, lease_until=None)
    marks.set_subject(live, {"face": OTHER}, officer=officer)
    # Where nobody watches, the next worker reads all of it anew.
    assert (_rows("face") > 0) is is_watched
    assert ("face" in LiveProgress.objects.get(live=live).horizons) is is_watched

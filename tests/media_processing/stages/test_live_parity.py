"""What was seen live, what the closing pass says and what an upload gives are the same history.

The timelines are compared on a common grid of one second: the mean of all observations that reach
into a second, seven probabilities, valence and arousal; Pearson's r over all of it, per modality.
"""

import numpy as np
import numpy.typing as npt
import pytest

from applicants.models import Officer
from media_processing import pipeline
from media_processing.demo_media.drawn_face import ANGRY, SAD
from media_processing.models import LiveCapture, LiveProgress, Observation, Recording
from media_processing.models.job import StageName
from media_processing.services import intake
from media_processing.services.live import capture
from media_processing.services.sessions import open_session
from scoring.models import ScoreRevision
from scoring.services.rescore import rescore
from tests.factories import ApplicationFactory, give_consents
from tests.media_processing.live_pieces import (
    confirm_everybody,
    interview,
    send,
    wait_for,
    watched,
)

pytestmark = pytest.mark.django_db(transaction=True)
SECONDS = 9.0
# Face and voice must not contradict each other, or neither is scored.
TENSE = (ANGRY, SAD)
MODALITIES = ("face", "voice")
Timeline = npt.NDArray[np.float64]


def _timeline(recording: Recording, modality: str) -> Timeline:
    """Return (seconds, 9); NaN where nothing was observed."""
    rows = Observation.objects.filter(recording=recording, modality=modality)
    grid = np.full((int(SECONDS) + 1, 9), np.nan)
    for second in range(len(grid)):
        there = rows.filter(t_start_s__lt=second + 1, t_end_s__gt=second)
        values = [[*row.probabilities, row.valence, row.arousal] for row in there]
        if values:
            grid[second] = np.mean(values, axis=0)
    return grid


def _correlation(first: Timeline, second: Timeline) -> float:
    both = np.isfinite(first[:, 0]) & np.isfinite(second[:, 0])
    # The same seconds are covered, but for one at an edge.
    assert (np.isfinite(first[:, 0]) ^ np.isfinite(second[:, 0])).sum() <= 1
    assert both.sum() >= 6
    return float(np.corrcoef(first[both].ravel(), second[both].ravel())[0, 1])


def _finished(recording: Recording, due: list[int]) -> int:
    """Run all stages; return the adjustment of the score."""
    while due:
        due = [*due[1:], *pipeline.run(due[0])]
    application = recording.session.application
    newest = application.score_revisions.order_by("-sequence").first()
    assert recording.job.stages.get(name=StageName.HANDOVER).state == "done"
    return int(newest.adjustment)


def _opened(officer: Officer) -> LiveCapture:
    application = ApplicationFactory(branch=officer.branch, created_by=officer)
    give_consents(application.applicant)
    rescore(application, ScoreRevision.Cause.APPLICATION_CREATED)
    session = open_session(application, officer=officer)
    return capture.open_capture(officer, session, kind="interview")


def _uploaded(officer: Officer) -> tuple[Recording, int]:
    content = b"".join(piece.content for piece in interview(SECONDS, TENSE))
    application = ApplicationFactory(branch=officer.branch, created_by=officer)
    give_consents(application.applicant)
    rescore(application, ScoreRevision.Cause.APPLICATION_CREATED)
    session = open_session(application, officer=officer)
    recording, due = intake.accept([content], session=session, kind="interview", name="a.mkv",
                                   size_bytes=len(content), officer=officer)  # fmt: skip
    return recording, _finished(recording, due)


@pytest.mark.usefixtures("media_folder")
def test_live_closed_and_uploaded_are_one_history(officer: Officer, settings: object) -> None:
    settings.LIVE_SHED_AFTER_S = 1000
    settings.LIVE_SKIP_AFTER_S = None
    # The demo's policy scores a talk of seconds; others ask for more material.
    settings.JURISDICTION = "demo"
    live = _opened(officer)
    pieces = interview(SECONDS, TENSE)
    take = send(live, pieces[:2])
    confirm_everybody(live, officer)
    with watched(live):
        for count in range(3, len(pieces) + 1):
            send(live, pieces[:count], take)
            wait_for(lambda reached=count - 1.5: _horizon(live) > reached)
        wait_for(lambda: _horizon(live) > SECONDS - 0.7)
        wait_for(lambda: Observation.objects.filter(modality="voice").count() >= 6)
        seen = {modality: _timeline(live.recording, modality) for modality in MODALITIES}
        due = capture.close(live, officer=officer)
    due = due or [live.recording.job.stages.get(name=StageName.CANONICALISE).pk]
    adjustment = _finished(live.recording, due)
    recording, of_upload = _uploaded(officer)
    for modality in MODALITIES:
        uploaded = _timeline(recording, modality)
        assert _correlation(seen[modality], uploaded) >= 0.98, modality
        assert _correlation(_timeline(live.recording, modality), uploaded) >= 0.98, modality
    assert of_upload != 0
    assert abs(adjustment - of_upload) <= 1


def _horizon(live: LiveCapture) -> float:
    horizons = LiveProgress.objects.get(live=live).horizons
    return min((float(horizons.get(modality, 0.0)) for modality in MODALITIES), default=0.0)

"""The panel that tells what a session gave the score."""

import pytest

from applicants.models import Officer
from media_processing.models import ProcessingJob, Stage
from media_processing.views import evidence_panel
from tests.factories import ProcessingJobFactory, RecordingFactory

pytestmark = pytest.mark.django_db


def test_a_refused_file_says_nothing_about_the_one_that_was_taken(officer: Officer) -> None:
    taken = ProcessingJobFactory(recording__session__application__branch=officer.branch)
    session = taken.recording.session
    refused = ProcessingJobFactory(
        recording=RecordingFactory(session=session), state=ProcessingJob.State.REJECTED
    )
    refused.stages.update(state=Stage.State.SKIPPED, error_code="not_prepared")
    lines = evidence_panel.context(officer, session)["evidence_lines"]
    assert {str(line.note) for line in lines} == {"Still being worked on"}

    taken.delete()
    lines = evidence_panel.context(officer, session)["evidence_lines"]
    assert {str(line.note) for line in lines} == {"The recording could not be prepared"}

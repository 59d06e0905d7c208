"""The guide to the live interview, run as it is written, with its sample client."""

import json
from pathlib import Path

import av
import pytest

from applicants.models import Branch
from media_processing.models import LiveCapture, Observation, QuestionMark
from tests.end_to_end.guides import GUIDES, walk
from tests.end_to_end.running_site import Site
from tests.factories import ApplicationFactory, OfficerFactory, give_consents

pytestmark = pytest.mark.services


@pytest.fixture
def streamed(interview: Path, tmp_path: Path) -> Path:
    """The interview as a recorder writes it: no length in its header, a second to a cluster."""
    path = tmp_path / "interview.webm"
    options = {"cluster_time_limit": "1000", "live": "1"}
    with (
        av.open(str(interview)) as source,
        av.open(str(path), "w", format="matroska", options=options) as target,
    ):
        streams = {each: target.add_stream_from_template(each) for each in source.streams}
        for packet in source.demux():
            if packet.dts is not None:
                packet.stream = streams[packet.stream]
                target.mux(packet)
    return path


def test_the_sample_client_records_and_sees(
    site: Site, streamed: Path, transactional_db: None
) -> None:
    branch = Branch.objects.create(code="HARBOUR", name="Harbour")
    officer = OfficerFactory(username="officer", branch=branch)
    application = ApplicationFactory(branch=branch, created_by=officer)
    give_consents(application.applicant)

    said = walk(site, GUIDES / "live_interview.md", "RECORDING=interview.webm", streamed)
    *states, accepted = map(json.loads, said)

    live = LiveCapture.objects.get()
    assert accepted == {"id": str(live.recording_id), "job": str(live.recording.job.pk)}
    assert live.state == "closed"
    assert {kind for state in states for kind, new in state["new"].items() if new} == {
        "face", "voice"}  # fmt: skip
    assert 1 in {state["question"] for state in states}
    assert QuestionMark.objects.filter(question__live=live).count() == 2
    assert Observation.objects.filter(recording=live.recording).exists()

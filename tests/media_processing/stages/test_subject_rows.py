"""A row about the officer never exists: two people in a live recording, through the whole stage."""

from pathlib import Path

import pytest

from applicants.models import Officer
from media_processing import pipeline
from media_processing.demo_media.takes import MEDIA_TYPE, take_of
from media_processing.models import CaptureSession, LiveCapture, Observation, Recording, Series
from media_processing.services.live import capture, chunks, marks
from tests.media_processing.live_pieces import wait_for, watched
from tests.media_processing.two_people import LEFT, RIGHT, TwoPeople

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def live(session: CaptureSession, officer: Officer) -> LiveCapture:
    return capture.open_capture(officer, session, kind="interview")


def send(live: LiveCapture, clip: TwoPeople, folder: Path) -> None:
    take = chunks.begin_take(live, media_type=MEDIA_TYPE, client="tab")
    for number, piece in enumerate(take_of(clip.write(folder / "two.mp4"))):
        chunks.add_chunk(take, number, piece.content, t_end_s=piece.t_end_s)


def confirm(live: LiveCapture, clip: TwoPeople, officer: Officer) -> None:
    anchor = clip.anchor(0.6)
    box = [anchor.x, anchor.y, anchor.width, anchor.height]
    said = {"face": {"take": 1, "t_s": anchor.t_s, "box": box}}
    marks.set_subject(live, said, officer=officer)


def close_and_read(live: LiveCapture, officer: Officer) -> Recording:
    (first,) = capture.close(live, officer=officer)
    pipeline.run(first)
    pipeline.run(live.recording.job.stages.get(name="face").pk)
    return Recording.objects.get(pk=live.recording_id)


@pytest.mark.parametrize("side", [LEFT, RIGHT])
def test_the_officer_has_no_row_after_the_closing_pass(
    side: int, live: LiveCapture, officer: Officer, tmp_path: Path
) -> None:
    clip = TwoPeople(side, applicant_share=0.18, officer_share=0.3, seconds=3.0)
    send(live, clip, tmp_path)
    confirm(live, clip, officer)
    recording = close_and_read(live, officer)
    rows = Observation.objects.filter(recording=recording, modality="face")
    assert rows.count() >= 8
    boxes = Series.objects.get(recording=recording, modality="face").content["face_box"]
    middles = {row[0]: row[1] + row[3] / 2 for row in boxes}
    assert all((middle > 0.5) == (side == RIGHT) for middle in middles.values())
    assert all(round(row.t_start_s, 3) in middles for row in rows)
    stage = recording.job.stages.get(name="face")
    assert stage.result["measures"]["people"] == 2


def test_nobody_has_a_row_while_nobody_is_confirmed(
    live: LiveCapture, officer: Officer, tmp_path: Path
) -> None:
    send(live, TwoPeople(seconds=2.0), tmp_path)
    recording = close_and_read(live, officer)
    assert not Observation.objects.filter(recording=recording).exists()
    curves = Series.objects.filter(recording=recording, modality="face").first()
    assert curves is None or not curves.content
    assert recording.job.stages.get(name="face").result["reason"] == "face_not_confirmed"


def test_while_it_is_recorded_only_the_confirmed_face_has_rows(
    live: LiveCapture, officer: Officer, tmp_path: Path
) -> None:
    clip = TwoPeople(RIGHT, applicant_share=0.18, officer_share=0.3, seconds=4.0)
    with watched(live):
        send(live, clip, tmp_path)
        wait_for(lambda: len(faces_of(live)) == 2)
        rows = Observation.objects.filter(recording=live.recording)
        assert not rows.exists()
        confirm(live, clip, officer)
        wait_for(rows.exists)
        wait_for(lambda: 0 in [face["person"] for face in faces_of(live)])
        applicant = next(face for face in faces_of(live) if face["person"] == 0)
        assert applicant["box"][0] > 0.5
        capture.close(live, officer=officer)


def faces_of(live: LiveCapture) -> list[dict]:
    live.progress.refresh_from_db()
    return live.progress.faces

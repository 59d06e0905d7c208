"""What the officer said about a live recording, in the time of the recording."""

from media_processing.analysis.face_boxes import Box
from media_processing.analysis.subject import FaceAnchor, VoiceChoice, subject_of
from media_processing.analysis.vad import Segment

OFFSETS_S = {1: 0.0, 2: 40.0}


def test_times_of_takes_become_times_of_the_recording() -> None:
    stored = {
        "face": [
            {"take": 1, "t_s": 2.5, "box": [0.1, 0.2, 0.3, 0.4]},
            {"take": 2, "t_s": 1.0, "box": [0.5, 0.2, 0.25, 0.5]},
        ],
        "voice": {"mode": "enrolled", "take": 2, "from_s": 3.0, "to_s": 8.0},
    }
    subject = subject_of(stored, OFFSETS_S)
    assert subject.face is not None
    assert [anchor.t_s for anchor in subject.face] == [2.5, 41.0]
    assert (subject.voice, subject.enrolment) == (VoiceChoice.ENROLLED, Segment(43.0, 48.0))
    assert subject.joins_s == (40.0,)


def test_until_something_is_said_nobody_is_observed() -> None:
    subject = subject_of({}, OFFSETS_S)
    assert (subject.face, subject.voice) == ((), VoiceChoice.NOBODY)


def test_a_take_that_is_gone_confirms_nobody() -> None:
    stored = {
        "face": [{"take": 7, "t_s": 2.5, "box": [0.1, 0.2, 0.3, 0.4]}],
        "voice": {"mode": "enrolled", "take": 7, "from_s": 3.0, "to_s": 8.0},
    }
    subject = subject_of(stored, OFFSETS_S)
    assert (subject.face, subject.voice) == ((), VoiceChoice.NOBODY)


def test_a_side_of_the_sound_is_a_channel() -> None:
    chosen = [subject_of({"voice": {"mode": mode}}, OFFSETS_S).voice for mode in ("left", "right")]
    assert [choice.channel for choice in chosen] == [0, 1]
    assert subject_of({"voice": {"mode": "all"}}, OFFSETS_S).voice.channel is None


def test_a_place_is_told_in_shares_of_any_picture() -> None:
    assert FaceAnchor(0.0, 0.1, 0.2, 0.3, 0.4).box((200, 100)) == Box(20.0, 20.0, 60.0, 40.0)

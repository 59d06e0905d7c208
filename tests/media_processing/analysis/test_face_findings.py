"""What the officer is told about the faces of a recording."""

import pytest

from media_processing.analysis.face_findings import FaceSummary, face_findings
from media_processing.analysis.face_quality import FaceQuality
from media_processing.analysis.types import Severity

GOOD = FaceQuality(size_px=150, sharpness=0.2, light=120, turn_degrees=8)


def summary(
    *qualities: FaceQuality, people: int = 1, coverage: float = 0.9, picture_light: float = 120
) -> FaceSummary:
    return FaceSummary(people, 5.0, coverage, picture_light, qualities)


def codes(told: FaceSummary) -> list[str]:
    return [finding.code for finding in face_findings(told)]


def test_a_good_recording_of_one_person_needs_no_advice() -> None:
    assert codes(summary(GOOD)) == []


@pytest.mark.parametrize(
    ("quality", "code", "value"),
    [
        (FaceQuality(30, 0.2, 120, 8), "FACE_SMALL", 30.0),
        (FaceQuality(150, 0.03, 120, 8), "FACE_BLURRED", 0.03),
        (FaceQuality(150, 0.2, 20, 8), "VIDEO_DARK", 20.0),
        (FaceQuality(150, 0.2, 120, 50), "FACE_TURNED", 50.0),
    ],
)
def test_each_weakness_is_named_with_its_figure(
    quality: FaceQuality, code: str, value: float
) -> None:
    (finding,) = face_findings(summary(quality))
    assert (finding.code, finding.value, finding.severity) == (code, value, Severity.WARNING)
    assert finding.advice.endswith(".")


def test_several_people_and_rare_faces_are_named() -> None:
    assert codes(summary(GOOD, people=3, coverage=0.2)) == ["FACE_SEVERAL", "FACE_SELDOM"]


def test_a_dark_recording_without_a_face_says_both() -> None:
    told = summary(people=0, coverage=0.0, picture_light=5.0)
    assert codes(told) == ["FACE_NONE", "VIDEO_DARK"]
    assert told.measures() == {"people": 0, "face_seen_s": 5.0, "face_height_px": None}


def test_a_confirmed_face_among_several_needs_no_warning() -> None:
    told = FaceSummary(2, 5.0, 0.9, 120, [GOOD], is_confirmed=True)
    (finding,) = face_findings(told)
    assert (finding.code, finding.severity) == ("FACE_SEVERAL", Severity.INFO)


def test_faces_of_which_none_was_confirmed_are_said_so() -> None:
    assert codes(FaceSummary(2, 0.0, 0.0, 120, [], is_confirmed=False)) == ["FACE_UNCONFIRMED"]

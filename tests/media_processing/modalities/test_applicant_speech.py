"""Of two voices the enrolled one is kept, and what is in doubt is not."""

from pathlib import Path

import numpy as np
import pytest

from media_processing.analysis.subject import NOT_ASKED, Subject, VoiceChoice
from media_processing.analysis.vad import Segment, total_s
from media_processing.modalities.applicant_speech import ApplicantSpeech
from tests.media_processing.modalities.two_voices import (
    ALL,
    APPLICANT,
    OFFICER,
    RATE_HZ,
    enrolled,
    overlap,
    two_voices,
)

WEIGHTS = Path(__file__).resolve().parents[3] / "media_processing" / "weights"


@pytest.fixture(scope="module")
def talk() -> np.ndarray:
    return two_voices()


def test_without_an_enrolment_all_speech_is_kept(talk: np.ndarray) -> None:
    assert ApplicantSpeech(NOT_ASKED, WEIGHTS).keep(talk, ALL) == ALL


def test_only_the_applicants_voice_is_kept(talk: np.ndarray) -> None:
    kept = ApplicantSpeech(enrolled(Segment(10.0, 16.0)), WEIGHTS).keep(talk, ALL)
    assert overlap(kept, OFFICER) == 0
    assert overlap(kept, APPLICANT) > 0.5 * total_s(APPLICANT)


def test_until_both_have_spoken_nothing_is_kept(talk: np.ndarray) -> None:
    speech = ApplicantSpeech(enrolled(Segment(10.0, 16.0)), WEIGHTS)
    assert speech.keep(talk[: 9 * RATE_HZ], ALL[:1]) == []
    assert speech.keep(talk[: 17 * RATE_HZ], ALL[:2]) != []
    assert ApplicantSpeech(enrolled(), WEIGHTS).keep(talk, ALL) == []


def test_an_enrolment_without_speech_enrols_nobody(talk: np.ndarray) -> None:
    silence = Subject(
        voice=VoiceChoice.ENROLLED, enrolment=Segment(8.2, 9.8), others=(Segment(10.0, 16.0),)
    )
    assert ApplicantSpeech(silence, WEIGHTS).keep(talk, ALL) == []


def test_who_did_not_enrol_is_not_kept(talk: np.ndarray) -> None:
    nobody = Subject(voice=VoiceChoice.ENROLLED)
    assert ApplicantSpeech(nobody, WEIGHTS).keep(talk, ALL) == []

"""Of two voices the enrolled one is kept, and what is in doubt is not."""

from pathlib import Path

import numpy as np
import pytest

from media_processing.analysis.subject import NOT_ASKED, Subject, VoiceChoice
from media_processing.analysis.vad import Segment, total_s
from media_processing.demo_media.synthetic_speech import SpeakingStyle, babble
from media_processing.modalities.applicant_speech import ApplicantSpeech

WEIGHTS = Path(__file__).resolve().parents[3] / "media_processing" / "weights"
RATE_HZ = 16_000
# Who speaks when; the pauses between are longer than those inside a turn.
APPLICANT = [Segment(0.0, 8.0), Segment(18.0, 26.0)]
OFFICER = [Segment(10.0, 16.0), Segment(28.0, 34.0)]
ALL = sorted([*APPLICANT, *OFFICER], key=lambda part: part.start_s)


@pytest.fixture(scope="module")
def talk() -> np.ndarray:
    """A low, soft voice and a high, pressed one in turn."""
    low = SpeakingStyle(pitch_hz=95, pitch_range_semitones=3, effort=0.2)
    high = SpeakingStyle(pitch_hz=215, pitch_range_semitones=6, effort=0.9)
    samples = np.zeros(35 * RATE_HZ, np.float32)
    for style, parts, seed in ((low, APPLICANT, 1), (high, OFFICER, 5)):
        for number, part in enumerate(parts):
            first = round(part.start_s * RATE_HZ)
            sound = babble(style, duration_s=part.duration_s, seed=seed + number)
            samples[first : first + len(sound)] = sound[: len(samples) - first]
    return samples


def enrolled(*others: Segment) -> Subject:
    return Subject(face=(), voice=VoiceChoice.ENROLLED, enrolment=Segment(0.0, 8.0), others=others)


def overlap(kept: list[Segment], parts: list[Segment]) -> float:
    shared = [
        min(one.end_s, part.end_s) - max(one.start_s, part.start_s)
        for one in kept
        for part in parts
    ]
    return sum(each for each in shared if each > 0)


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

"""Recordings for the demo, drawn and synthesised by code, and handed in like any upload.

The pipeline really processes them. No real person is seen or heard in them.
"""

import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from applicants.models import Application
from media_processing import dispatch
from media_processing.demo_media import drawn_face, synthetic_speech
from media_processing.demo_media.film import SOUND_RATE_HZ, write_film, write_sound
from media_processing.demo_media.rendered_walker import Stage, walker_frames
from media_processing.demo_media.walker_motion import WalkingStyle
from media_processing.models.recording import Kind
from media_processing.services import intake, sessions

FloatArray = npt.NDArray[np.float32]
Say = Callable[[str], object]

RATE_HZ = 10
WALK_RATE_HZ = 15
WIDTH_PX, HEIGHT_PX = 480, 360
WALK_S = 14.0
READ_BYTES = 1024**2
LOUD = 0.12
BLINK_EVERY_S, BLINK_S = 3.7, 0.15


@dataclass(frozen=True, slots=True)
class Scene:
    """A stretch of an interview: what is said, how, and with which face."""

    duration_s: float
    text: str
    style: synthetic_speech.SpeakingStyle
    expression: drawn_face.Expression


INTRODUCTION = "Thank you for having me. I would like to talk about a loan for a used car."
INCOME = "I have worked in the same place for four years, and the income is regular."
PLANS = "With the car I can take the early shift, and we looked at the costs together."
DEBTS = "There was a late payment in spring. It is paid now, and I do not want that again."

CALM_INTERVIEW = (
    Scene(7, INTRODUCTION, synthetic_speech.CALM, drawn_face.NEUTRAL),
    Scene(6, INCOME, synthetic_speech.LIVELY, drawn_face.HAPPY),
    Scene(6, DEBTS, synthetic_speech.FLAT, drawn_face.SAD),
    Scene(7, PLANS, synthetic_speech.LIVELY, drawn_face.HAPPY),
)
TENSE_INTERVIEW = (
    Scene(6, INTRODUCTION, synthetic_speech.CALM, drawn_face.NEUTRAL),
    Scene(9, DEBTS, synthetic_speech.TENSE, drawn_face.ANGRY),
    Scene(6, INCOME, synthetic_speech.TENSE, drawn_face.SURPRISED),
    Scene(8, PLANS, synthetic_speech.TENSE, drawn_face.ANGRY),
)
STEADY_WALK = WalkingStyle(cadence_spm=112.0)
SLOW_WALK = WalkingStyle(cadence_spm=88.0, stoop_deg=9.0, arm_swing_deg=10.0, stride_deg=16.0)


def hand_in(cases: Mapping[str, Application], say: Say) -> None:
    """Make the recordings and give them to the cases that show them."""
    with tempfile.TemporaryDirectory() as folder:
        interview = Path(folder) / "interview.mp4"
        walk = Path(folder) / "walk.mp4"
        answer = Path(folder) / "answer.wav"
        say("Drawing an interview and a walk …")
        film_interview(interview, CALM_INTERVIEW, seed=1)
        film_walk(walk, STEADY_WALK, seed=1)
        _upload(cases["Tomás Arriaga"], {Kind.INTERVIEW: interview, Kind.WALK: walk})
        film_interview(interview, TENSE_INTERVIEW, seed=2)
        film_walk(walk, SLOW_WALK, seed=2)
        _upload(cases["Mira Solberg"], {Kind.INTERVIEW: interview, Kind.WALK: walk})
        write_sound(answer, spoken(CALM_INTERVIEW[:2], seed=3))
        _upload(cases["Leila Farahani"], {Kind.VOICE: answer})
    say("The workers process the recordings now; the session pages show how far they are.")


def _upload(application: Application, files: Mapping[str, Path]) -> None:
    application.refresh_from_db()
    officer = application.created_by
    session = sessions.open_session(application, officer=officer)
    for kind, path in files.items():
        with path.open("rb") as file:
            _recording, queued = intake.accept(
                iter(lambda: file.read(READ_BYTES), b""),
                session=session,
                kind=kind,
                name=path.name,
                size_bytes=path.stat().st_size,
                officer=officer,
            )
        dispatch.ring(queued)


def film_interview(path: Path, scenes: tuple[Scene, ...], *, seed: int) -> None:
    """Write an interview: a drawn face whose mouth follows the sound."""
    sound = spoken(scenes, seed=seed)
    write_film(path, _faces(scenes, sound), rate_hz=RATE_HZ, sound=sound)


def film_walk(path: Path, style: WalkingStyle, *, seed: int) -> None:
    """Write a walk to and fro, seen from the side, without sound."""
    stage = Stage(rate_hz=WALK_RATE_HZ)
    write_film(path, walker_frames(style, WALK_S, stage=stage, seed=seed), rate_hz=WALK_RATE_HZ)


def spoken(scenes: tuple[Scene, ...], *, seed: int) -> FloatArray:
    """Return the sound of all scenes, (n,) at 16 kHz."""
    return np.concatenate(
        [
            synthetic_speech.speak(
                scene.text, scene.style, duration_s=scene.duration_s, seed=seed * 10 + number
            )
            for number, scene in enumerate(scenes)
        ]
    )


def _faces(scenes: tuple[Scene, ...], sound: FloatArray) -> Iterator[npt.NDArray[np.uint8]]:
    samples_per_frame = SOUND_RATE_HZ // RATE_HZ
    for number in range(len(sound) // samples_per_frame):
        t_s = number / RATE_HZ
        part = sound[number * samples_per_frame : (number + 1) * samples_per_frame]
        loudness = min(1.0, float(np.sqrt(np.mean(part**2))) / LOUD)
        yield drawn_face.draw_face(
            _moved(_scene_at(scenes, t_s).expression, t_s, loudness),
            width_px=WIDTH_PX,
            height_px=HEIGHT_PX,
            centre=(0.5 + 0.012 * np.sin(0.9 * t_s), 0.47 + 0.008 * np.sin(1.4 * t_s)),
        )


def _scene_at(scenes: tuple[Scene, ...], t_s: float) -> Scene:
    for scene in scenes:
        if t_s < scene.duration_s:
            return scene
        t_s -= scene.duration_s
    return scenes[-1]


def _moved(expression: drawn_face.Expression, t_s: float, loudness: float) -> drawn_face.Expression:
    """Let the face live: lips with the sound, a blink now and then, a slow turn of the head."""
    is_blink = t_s % BLINK_EVERY_S < BLINK_S
    return replace(
        expression,
        mouth_open=min(1.0, expression.mouth_open + 0.35 * loudness),
        eyes_open=0.1 if is_blink else expression.eyes_open,
        yaw_degrees=7.0 * float(np.sin(0.5 * t_s)),
    )

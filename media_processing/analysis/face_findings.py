"""What the officer should know about the faces of a recording."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from media_processing.analysis.face_quality import FaceQuality
from media_processing.analysis.types import QualityFinding, Severity

SMALL_FACE_PX = 48.0
DARK_LEVEL = 40.0
BLURRED_SHARPNESS = 0.05
TURNED_DEGREES = 40.0
LITTLE_COVERAGE = 0.5


@dataclass(frozen=True, slots=True)
class FaceSummary:
    """The faces of one recording in figures.

    ``seen_s`` is for how long the main person's face was on screen, ``coverage`` the share of the
    recording with an observation, ``picture_light`` the median grey level (0…255) of the frames.
    ``is_confirmed`` is None where nobody was asked which face is the applicant's.
    """

    people: int
    seen_s: float
    coverage: float
    picture_light: float
    qualities: Sequence[FaceQuality]
    is_confirmed: bool | None = None

    def median(self, figure: Callable[[FaceQuality], float]) -> float | None:
        """Median of one figure over the main person's faces; None without any."""
        if not self.qualities:
            return None
        return float(np.median([figure(quality) for quality in self.qualities]))

    def measures(self) -> dict[str, float | int | None]:
        height_px = self.median(lambda quality: quality.size_px)
        return {
            "people": self.people,
            "face_seen_s": round(self.seen_s, 2),
            "face_height_px": None if height_px is None else round(height_px, 1),
        }


def face_findings(summary: FaceSummary) -> list[QualityFinding]:
    """Return what weakens the reading of this recording, the gravest first."""
    findings = [_dark(summary)]
    if summary.people == 0:
        findings.append(_none())
    elif summary.is_confirmed is False:
        findings.append(_unconfirmed(summary))
    else:
        findings += [_several(summary), _small(summary), _blurred(summary)]
        findings += [_turned(summary), _seldom(summary)]
    order = (Severity.ERROR, Severity.WARNING, Severity.INFO)
    present = [finding for finding in findings if finding is not None]
    return sorted(present, key=lambda finding: order.index(finding.severity))


def _none() -> QualityFinding:
    return QualityFinding(
        "FACE_NONE",
        Severity.ERROR,
        0.0,
        "No face could be seen for a second or longer, so nothing was read from the face. "
        "Seat the person facing the camera, at most two metres away, and record again.",
    )


def _unconfirmed(summary: FaceSummary) -> QualityFinding:
    return QualityFinding(
        "FACE_UNCONFIRMED",
        Severity.ERROR,
        float(summary.people),
        "No face was confirmed as the applicant's, so nothing was read from any face. "
        "Choose the applicant's face in the preview while you record.",
    )


def _several(summary: FaceSummary) -> QualityFinding | None:
    if summary.people < 2:
        return None
    if summary.is_confirmed:
        return QualityFinding(
            "FACE_SEVERAL",
            Severity.INFO,
            float(summary.people),
            f"{summary.people} faces were seen. Only the one confirmed as the applicant's was "
            "read, the others were counted.",
        )
    return QualityFinding(
        "FACE_SEVERAL",
        Severity.WARNING,
        float(summary.people),
        f"{summary.people} faces were seen. Only the one longest and largest in the picture was "
        "read: check that it is the applicant, and record interviews with one person in view.",
    )


def _small(summary: FaceSummary) -> QualityFinding | None:
    height_px = summary.median(lambda quality: quality.size_px)
    if height_px is None or height_px >= SMALL_FACE_PX:
        return None
    return QualityFinding(
        "FACE_SMALL",
        Severity.WARNING,
        round(height_px, 1),
        f"The face is only {height_px:.0f} pixels high. Move the camera closer, so that the face "
        "fills about a third of the picture's height.",
    )


def _dark(summary: FaceSummary) -> QualityFinding | None:
    on_face = summary.median(lambda quality: quality.light)
    light = summary.picture_light if on_face is None else on_face
    if light >= DARK_LEVEL:
        return None
    place = "picture" if on_face is None else "face"
    return QualityFinding(
        "VIDEO_DARK",
        Severity.WARNING,
        round(light, 1),
        f"The {place} is very dark (brightness {light:.0f} of 255). Put a lamp or a window in "
        "front of the person, not behind.",
    )


def _blurred(summary: FaceSummary) -> QualityFinding | None:
    sharpness = summary.median(lambda quality: quality.sharpness)
    if sharpness is None or sharpness >= BLURRED_SHARPNESS:
        return None
    return QualityFinding(
        "FACE_BLURRED",
        Severity.WARNING,
        round(sharpness, 3),
        "The face is out of focus or moving fast. Clean the lens, hold the camera still and let "
        "it focus before you start.",
    )


def _turned(summary: FaceSummary) -> QualityFinding | None:
    turn = summary.median(lambda quality: quality.turn_degrees)
    if turn is None or turn < TURNED_DEGREES:
        return None
    return QualityFinding(
        "FACE_TURNED",
        Severity.WARNING,
        round(turn, 1),
        f"The face is turned away by about {turn:.0f} degrees. Place the camera straight in "
        "front of the person, at eye level.",
    )


def _seldom(summary: FaceSummary) -> QualityFinding | None:
    if summary.coverage >= LITTLE_COVERAGE:
        return None
    return QualityFinding(
        "FACE_SELDOM",
        Severity.WARNING,
        round(summary.coverage, 3),
        f"The face could be read in only {summary.coverage:.0%} of the recording. Keep the face "
        "in view, facing the camera, while the person speaks.",
    )

"""What an officer should know about the picture of a walk, in plain words."""

from collections.abc import Sequence
from dataclasses import dataclass

from media_processing.analysis.gait_measures import GaitMeasures
from media_processing.analysis.types import QualityFinding, Severity

# Below these a cadence or a symmetry rests on too little.
ENOUGH_WALKING_S = 4.0
ENOUGH_STEPS = 8
MUCH_CUT_OFF = 0.5
MUCH_COMPANY = 0.2
SMALL_BODY = 0.2


@dataclass(frozen=True, slots=True)
class BodySight:
    """How well a recording shows the body: counts of looks, and the size when seen.

    ``body_share`` is the body's length (trunk + thigh + shin) in picture heights, 0 where no body
    was followed; ``company_share`` the share of looks around that found a second person.
    ``is_confirmed`` is None where nobody was asked which body is the applicant's, and else
    ``people`` is how many bodies were in view at once.
    """

    looks: int
    with_person: int
    with_legs: int
    company_share: float
    body_share: float
    is_confirmed: bool | None = None
    people: int = 0

    @property
    def shows_person(self) -> bool:
        return self.with_person > 0

    @property
    def cut_off_share(self) -> float:
        """Share of the looks with a person in which hips or knees are out of the picture."""
        return 1.0 - self.with_legs / self.with_person if self.with_person else 0.0


def gait_findings(sight: BodySight, measures: GaitMeasures) -> list[QualityFinding]:
    """Return the findings, the gravest first."""
    if not sight.shows_person:
        return [_unconfirmed(sight.people) if sight.people else NO_PERSON]
    findings = [*_sight_findings(sight), *_walk_findings(measures)]
    order = (Severity.ERROR, Severity.WARNING, Severity.INFO)
    return sorted(findings, key=lambda finding: order.index(finding.severity))


NO_PERSON = QualityFinding(
    "NO_PERSON",
    Severity.ERROR,
    0.0,
    "Nobody was found in the picture. Check that the camera points at the person.",
)


def _unconfirmed(people: int) -> QualityFinding:
    return QualityFinding(
        "WALKER_UNCONFIRMED",
        Severity.ERROR,
        float(people),
        "Nobody was confirmed as the walker, so nothing was read from any body. Click the "
        "applicant's box in the preview while you record.",
    )


def _sight_findings(sight: BodySight) -> Sequence[QualityFinding]:
    findings = []
    if sight.cut_off_share >= MUCH_CUT_OFF:
        findings.append(
            QualityFinding(
                "BODY_CUT_OFF",
                Severity.WARNING,
                round(sight.cut_off_share, 3),
                f"The legs are out of the picture {sight.cut_off_share:.0%} of the time. "
                "For a walk, step back until the whole body is in view.",
            )
        )
    if sight.company_share >= MUCH_COMPANY:
        findings.append(_several(sight))
    if 0 < sight.body_share < SMALL_BODY:
        findings.append(
            QualityFinding(
                "BODY_SMALL",
                Severity.WARNING,
                round(sight.body_share, 3),
                "The person is small in the picture. Come nearer, so that the body fills at "
                "least a third of the picture's height.",
            )
        )
    return findings


def _several(sight: BodySight) -> QualityFinding:
    """Say that somebody else was in view, and doubt who was read only where nobody was asked."""
    seen = f"A second person is in view in {sight.company_share:.0%} of the looks."
    share = round(sight.company_share, 3)
    if sight.is_confirmed:
        read = "Only the body confirmed as the applicant's was read."
        return QualityFinding("SEVERAL_PEOPLE", Severity.INFO, share, f"{seen} {read}")
    read = "Gait follows the most prominent body only; record one person at a time."
    return QualityFinding("SEVERAL_PEOPLE", Severity.WARNING, share, f"{seen} {read}")


def _walk_findings(measures: GaitMeasures) -> Sequence[QualityFinding]:
    findings = []
    if measures.running_s > 0:
        findings.append(
            QualityFinding(
                "RUNNING",
                Severity.INFO,
                round(measures.running_s, 1),
                f"{measures.running_s:.1f} s of running were found; running is not read.",
            )
        )
    if measures.walking_s == 0:
        findings.append(
            QualityFinding(
                "NO_WALKING",
                Severity.INFO,
                0.0,
                "No walking was found. For a gait reading record a walk of at least ten steps.",
            )
        )
    elif measures.walking_s < ENOUGH_WALKING_S or measures.steps < ENOUGH_STEPS:
        findings.append(
            QualityFinding(
                "WALK_SHORT",
                Severity.WARNING,
                round(measures.walking_s, 1),
                f"Only {measures.walking_s:.1f} s and {measures.steps} steps of walking were "
                "found. Ten steps or more give steady figures.",
            )
        )
    return findings

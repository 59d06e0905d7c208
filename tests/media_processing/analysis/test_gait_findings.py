"""What the officer is told about the picture of a walk."""

import pytest

from media_processing.analysis.gait_findings import BodySight, gait_findings
from media_processing.analysis.gait_measures import GaitMeasures
from media_processing.analysis.types import Severity

GOOD_SIGHT = BodySight(100, 100, 100, 0.0, 0.4)
GOOD_WALK = GaitMeasures(walking_s=9.0, steps=16)


def codes(sight: BodySight, measures: GaitMeasures) -> list[str]:
    return [finding.code for finding in gait_findings(sight, measures)]


def test_a_good_walk_needs_no_advice() -> None:
    assert codes(GOOD_SIGHT, GOOD_WALK) == []


@pytest.mark.parametrize(
    ("sight", "measures", "code"),
    [
        (BodySight(50, 0, 0, 0.0, 0.0), GaitMeasures(), "NO_PERSON"),
        (BodySight(0, 0, 0, 0.0, 0.0, False, 1), GaitMeasures(), "WALKER_UNCONFIRMED"),
        (BodySight(100, 90, 20, 0.0, 0.4), GOOD_WALK, "BODY_CUT_OFF"),
        (BodySight(100, 100, 100, 0.4, 0.4), GOOD_WALK, "SEVERAL_PEOPLE"),
        (BodySight(100, 100, 100, 0.0, 0.1), GOOD_WALK, "BODY_SMALL"),
        (GOOD_SIGHT, GaitMeasures(), "NO_WALKING"),
        (GOOD_SIGHT, GaitMeasures(walking_s=2.0, steps=4), "WALK_SHORT"),
        (GOOD_SIGHT, GaitMeasures(walking_s=9.0, steps=16, running_s=2.0), "RUNNING"),
    ],
)
def test_each_fault_is_named(sight: BodySight, measures: GaitMeasures, code: str) -> None:
    assert codes(sight, measures) == [code]


def test_the_gravest_comes_first_and_every_finding_says_what_to_do() -> None:
    findings = gait_findings(BodySight(100, 90, 20, 0.4, 0.1), GaitMeasures(running_s=1.0))
    order = [Severity.ERROR, Severity.WARNING, Severity.INFO]

    ranks = [order.index(finding.severity) for finding in findings]
    assert ranks == sorted(ranks)
    assert all(finding.advice.endswith(".") for finding in findings)


@pytest.mark.parametrize(
    ("is_confirmed", "severity", "word"),
    [
        (None, Severity.WARNING, "most prominent"),
        (False, Severity.WARNING, "most prominent"),
        (True, Severity.INFO, "confirmed as the applicant's"),
    ],
)
def test_who_was_read_is_in_doubt_only_where_nobody_was_confirmed(
    is_confirmed: bool | None, severity: Severity, word: str
) -> None:
    sight = BodySight(100, 100, 100, 0.4, 0.4, is_confirmed)
    (finding,) = gait_findings(sight, GOOD_WALK)
    assert finding.code == "SEVERAL_PEOPLE"
    assert finding.severity == severity and word in finding.advice

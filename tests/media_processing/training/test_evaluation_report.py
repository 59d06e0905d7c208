"""The figures of an evaluation, worked out by hand."""

import pytest

from media_processing.training.evaluation_report import Answer, Judged, report

LABELS = ("happy", "sad", "fear")


def judged(truth: str, answer: str | None, share: float = 0.9, person: str = "") -> Judged:
    return Judged(truth, Answer(answer, share) if answer else None, person)


def test_failures_and_strangers_count_as_wrong() -> None:
    samples = [
        judged("happy", "happy"),
        judged("happy", None),
        judged("sad", "sad"),
        judged("sad", "calm"),
        judged("calm", "sad"),
    ]
    figures = report(samples, LABELS)
    assert (figures["n"], figures["n_failed"]) == (4, 1)
    assert figures["accuracy"] == pytest.approx(0.5)
    assert figures["uar"] == pytest.approx(0.5)
    assert figures["confusion"] == [[1, 0, 0], [0, 1, 0], [0, 0, 0]]
    assert figures["per_class"] == {
        "happy": {"recall": 0.5, "n": 2},
        "sad": {"recall": 0.5, "n": 2},
    }


def test_calibration_is_over_what_could_be_read() -> None:
    samples = [judged("happy", "happy", 0.75)] * 3 + [judged("happy", "sad", 0.75)]
    assert report(samples, LABELS)["ece"] == pytest.approx(0.0)
    assert report([*samples, judged("happy", None)], LABELS)["ece"] == pytest.approx(0.0)
    assert report(samples[:3], LABELS)["ece"] == pytest.approx(0.25)
    assert report([judged("happy", None)], LABELS)["ece"] is None


def test_people_are_drawn_where_all_are_known_and_files_otherwise() -> None:
    named = [
        judged("happy", "happy" if person < 5 else "sad", person=f"p{person}")
        for person in range(10)
        for _ in range(20)
    ]
    people = report(named, LABELS)
    files = report([*named[:-1], judged("happy", "sad")], LABELS)
    assert (people["ci_unit"], people["ci_units"]) == ("person", 10)
    assert (files["ci_unit"], files["ci_units"]) == ("file", 200)
    widths = [high - low for low, high in (people["accuracy_ci"], files["accuracy_ci"])]
    assert widths[0] > 3 * widths[1]


def test_nothing_that_counts_has_no_interval() -> None:
    figures = report([judged("calm", "calm")], LABELS)
    assert (figures["n"], figures["accuracy"], figures["ece"]) == (0, 0.0, None)
    assert "uar_ci" not in figures

"""Findings of several observers become one list."""

from media_processing.analysis.findings import merged
from media_processing.analysis.types import QualityFinding, Severity


def test_merged_findings_are_worst_first_and_each_code_once() -> None:
    one = QualityFinding("A", Severity.INFO, 1, "a")
    two = QualityFinding("B", Severity.WARNING, 2, "b")
    three = QualityFinding("A", Severity.ERROR, 3, "c")
    four = QualityFinding("B", Severity.WARNING, 4, "d")

    assert merged([one, two, three, four]) == [three, two]

"""Findings of several observers put together. Imports no picture or sound library."""

from collections.abc import Iterable

from media_processing.analysis.types import QualityFinding, Severity


def merged(findings: Iterable[QualityFinding]) -> list[QualityFinding]:
    """Return the findings of several observers, worst first, each code once.

    Where two found the same, the graver one stands, or the first of equals.
    """
    order = [Severity.ERROR, Severity.WARNING, Severity.INFO]
    ranked = sorted(findings, key=lambda finding: order.index(finding.severity))
    gravest = {finding.code: finding for finding in reversed(ranked)}
    return [gravest[code] for code in dict.fromkeys(finding.code for finding in ranked)]

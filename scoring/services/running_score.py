"""What the newest score says while its evidence is still arriving.

Flags are raised from final evidence alone. While somebody is recorded the same rules are asked what
they would say so far: it is shown, never stored, and opens no review.
"""

from dataclasses import dataclass
from uuid import UUID

from applicants.errors import ProblemError
from scoring.engine.flags import RaisedFlag, RuleInput, raised_flags
from scoring.engine.running_band import running_band
from scoring.models import Evidence, ScoreRevision
from scoring.services.rescore import replay

# Rules about the score as a whole, to which any session may bring it.
OF_THE_WHOLE = ("behaviour_changes_class",)


@dataclass(frozen=True, slots=True)
class SoFar:
    """The interval that is open, 300…850, and what the rules would raise."""

    low: int
    high: int
    raised: tuple[RaisedFlag, ...] = ()


def so_far(revision: ScoreRevision, session_id: UUID) -> SoFar:
    """Return what a revision says of a session that is being recorded, from its rows alone."""
    try:
        result = replay(revision)
    except ProblemError:
        return SoFar(revision.final_score, revision.final_score)
    rows = Evidence.objects.filter(pk__in=revision.evidence_ids)
    items = tuple(row.as_item(consented=True) for row in rows)
    policy = revision.policy.parsed
    low, high = running_band(result, items, policy)
    if not any(row.is_provisional for row in rows):
        return SoFar(low, high)
    found = raised_flags(RuleInput(result, items, policy))
    return SoFar(low, high, tuple(each for each in found if _is_of(each, str(session_id))))


def _is_of(raised: RaisedFlag, session_id: str) -> bool:
    return raised.finding.session_id == session_id or raised.rule_id in OF_THE_WHOLE

"""What a policy would have suggested for past applications, before anybody saves it."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.core.cache import cache
from django.db.models import QuerySet

from applicants.models import FinancialProfile, Officer
from applicants.selectors import branches_for, processable
from scoring.engine.artifacts import load_estimators
from scoring.engine.evidence import EvidenceItem
from scoring.engine.policy import PolicyParameters
from scoring.engine.policy_effect import Case, Effect, effect_of, suggest
from scoring.models import CurrentScore, Evidence, ScoreRevision
from scoring.services import estimators
from scoring.services import policy as policies
from scoring.services.rescore import factors_of

# Each replay runs the whole engine, so a page replays the newest applications only, and says so.
PREVIEW_APPLICATIONS = 1000
CACHE_S = 600
# What a replay reads: no name, which would be decrypted, and no detail of the stored score.
READ_BY_A_REPLAY = (
    "as_of", "evidence_ids", "simulated", "application__amount", "application__term_months",
    "application__branch__name", "application__applicant__kind",
    *(f"profile__{name}" for name in FinancialProfile.FACTORS + FinancialProfile.BUSINESS_FACTORS),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class BranchEffect:
    """The effect on one branch."""

    branch: str
    effect: Effect


@dataclass(frozen=True, slots=True)
class PolicyPreview:
    """The effect on the newest ``whole.cases`` of ``scored`` applications, against ``version``."""

    version: int
    whole: Effect
    branches: tuple[BranchEffect, ...]
    scored: int

    @property
    def is_limited(self) -> bool:
        return self.whole.cases < self.scored


def digest_of(parameters: PolicyParameters) -> str:
    """Return a sha256 over the parameters: what was previewed is what may be saved."""
    content = json.dumps(parameters.as_dict(), sort_keys=True, default=str)
    return hashlib.sha256(content.encode()).hexdigest()


def preview(officer: Officer, proposed: PolicyParameters) -> PolicyPreview:
    """Replay the newest applications of the officer's branches with the proposed parameters.

    The same cases are replayed with the policy in force, so that only the policy differs.
    """
    in_force = policies.active()
    newest = newest_revisions(officer, PREVIEW_APPLICATIONS)
    key = (
        "policy-preview:"
        + hashlib.sha256(
            json.dumps(
                [officer.branch_id, in_force.pk, digest_of(proposed), [row.pk for row in newest]]
            ).encode()
        ).hexdigest()
    )
    found: PolicyPreview | None = cache.get(key)
    if found is None:
        found = _preview(officer, newest, in_force.version, in_force.parsed, proposed)
        cache.set(key, found, CACHE_S)
    return found


def _preview(
    officer: Officer,
    newest: Sequence[ScoreRevision],
    version: int,
    in_force: PolicyParameters,
    proposed: PolicyParameters,
) -> PolicyPreview:
    pairs = suggest(cases_of(newest), load_estimators(estimators.in_force()), [in_force, proposed])
    by_branch = defaultdict(list)
    for revision, pair in zip(newest, pairs, strict=True):
        by_branch[revision.application.branch.name].append(pair)
    return PolicyPreview(
        version=version,
        whole=effect_of(pairs),
        branches=tuple(
            BranchEffect(name, effect_of(rows)) for name, rows in sorted(by_branch.items())
        ),
        scored=_current_scores(officer).count(),
    )


def _current_scores(officer: Officer) -> QuerySet[CurrentScore]:
    rows = CurrentScore.objects.filter(processable("application__applicant"))
    if officer.branch_id is not None:
        rows = rows.filter(application__branch__in=branches_for(officer))
    return rows


def newest_revisions(officer: Officer, limit: int) -> list[ScoreRevision]:
    """Return the newest scores of the officer's branches, each with what a replay reads."""
    keys = _current_scores(officer).order_by("-revision_id").values_list("revision_id", flat=True)
    rows = ScoreRevision.objects.filter(pk__in=list(keys[:limit])).order_by("-pk")
    return list(read_by_a_replay(rows))


def read_by_a_replay(rows: QuerySet[ScoreRevision]) -> QuerySet[ScoreRevision]:
    """Return stored scores in one statement, with no more than a replay reads."""
    related = ("application__branch", "application__applicant", "profile")
    return rows.select_related(*related).only(*READ_BY_A_REPLAY)


def cases_of(revisions: Iterable[ScoreRevision]) -> list[Case]:
    """Return the engine's cases of stored revisions. What was erased is no evidence any more."""
    revisions = list(revisions)
    wanted = {key for revision in revisions for key in revision.evidence_ids}
    rows = Evidence.objects.filter(pk__in=wanted)
    items = {str(row.pk): row.as_item(consented=True) for row in rows}
    return [
        Case(
            factors_of(revision.application, revision.profile),
            _evidence_of(revision, items),
            revision.as_of,
        )
        for revision in revisions
    ]


def _evidence_of(
    revision: ScoreRevision, items: dict[str, EvidenceItem]
) -> tuple[EvidenceItem, ...]:
    return tuple(items[key] for key in revision.evidence_ids if key in items)

"""What a policy version would have done on the loans whose outcome is known."""

import hashlib
import json
from dataclasses import dataclass

from django.core.cache import cache

from applicants.models import Officer
from scoring import book as books
from scoring.engine.artifacts import load_estimators
from scoring.engine.back_test import BackTest, back_test
from scoring.engine.policy_effect import suggest
from scoring.models import LoanOutcome, Policy, ScoreRevision
from scoring.services import estimators
from scoring.services.policy_preview import cases_of, read_by_a_replay

# Each loan is scored anew with the whole engine, so a page takes the newest outcomes only.
BACK_TEST_LOANS = 1000
CACHE_S = 900


@dataclass(frozen=True, slots=True)
class PolicyBackTest:
    """A version against the one in force on the same loans, of ``known`` with an outcome."""

    version: BackTest
    in_force: BackTest
    known: int
    simulated: int

    @property
    def defaults_avoided(self) -> int:
        """Bad loans that the version in force would approve and this one would not (net)."""
        return self.version.declined_bad - self.in_force.declined_bad

    @property
    def good_refused(self) -> int:
        """Good loans that this version would refuse beyond those refused in force (net)."""
        return self.version.declined_good - self.in_force.declined_good

    @property
    def is_limited(self) -> bool:
        return self.version.loans < self.known


def policy_back_test(officer: Officer, policy: Policy, in_force: Policy) -> PolicyBackTest:
    """Replay the newest loans with an outcome under two versions of the policy."""
    newest = LoanOutcome.objects.order_by("-pk").values_list("pk", flat=True).first()
    content = [officer.branch_id, policy.pk, in_force.pk, newest, str(estimators.in_force())]
    key = "back-test:" + hashlib.sha256(json.dumps(content).encode()).hexdigest()
    found: PolicyBackTest | None = cache.get(key)
    if found is None:
        found = _back_test(officer, policy, in_force)
        cache.set(key, found, CACHE_S)
    return found


def _back_test(officer: Officer, policy: Policy, in_force: Policy) -> PolicyBackTest:
    outcomes = books.known_outcomes(officer)
    newest = outcomes.order_by("-observed_on", "-pk").values_list("pk", flat=True)
    chosen = LoanOutcome.objects.filter(pk__in=list(newest[:BACK_TEST_LOANS]))
    scored = books.with_deciding_revision(chosen).filter(revision_id__isnull=False)
    is_bad = dict(scored.values_list("revision_id", "is_bad"))
    rows = ScoreRevision.objects.filter(pk__in=is_bad).order_by("pk")
    revisions = list(read_by_a_replay(rows))
    pairs = suggest(
        cases_of(revisions),
        load_estimators(estimators.in_force()),
        [policy.parsed, in_force.parsed],
    )
    bad = [is_bad[revision.pk] for revision in revisions]
    mine, theirs = (
        back_test([pair[place].reaches_cut_off for pair in pairs], bad) for place in (0, 1)
    )
    return PolicyBackTest(
        mine, theirs, outcomes.count(), sum(revision.simulated for revision in revisions)
    )

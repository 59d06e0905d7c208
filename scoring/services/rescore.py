"""Scoring an application anew: one more append-only revision, with its cause."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from applicants.errors import ProblemError
from applicants.models import Applicant, Application, FinancialProfile, Officer
from applicants.selectors import standing_consents
from applicants.services import audit, restrictions
from scoring.engine import fusion
from scoring.engine.artifacts import load_estimators, read_manifest
from scoring.engine.evidence import EvidenceItem
from scoring.engine.types import FinancialFactors, FinancialScore
from scoring.models import CurrentScore, Evidence, Policy, ScoreRevision
from scoring.selectors import current_evidence
from scoring.services import estimators, review
from scoring.services import policy as policies

DECIDING_ARTIFACTS = ("scorecard", "points_table")
DECIDING_FOR_BUSINESSES = ("business_scorecard", "points_table")


@dataclass(frozen=True, slots=True)
class _Inputs:
    """All that a score rests on, read under the lock of its application."""

    application: Application
    profile: FinancialProfile
    policy: Policy
    rows: Sequence[Evidence]
    items: Sequence[EvidenceItem]
    artifacts_dir: Path
    at: datetime

    @property
    def deciding(self) -> tuple[str, ...]:
        """The estimators of the applicant's kind: the scorecard, and the table beside it."""
        is_business = self.application.applicant.kind == Applicant.Kind.BUSINESS
        return DECIDING_FOR_BUSINESSES if is_business else DECIDING_ARTIFACTS

    def result(self) -> fusion.ScoreResult:
        return fusion.score(
            factors_of(self.application, self.profile),
            self.items,
            estimators=load_estimators(self.artifacts_dir),
            policy=self.policy.parsed,
            as_of=self.at.date(),
        )

    def sha256(self) -> str:
        # Evidence ages by the day, and only where there is evidence.
        day = self.at.date().isoformat() if self.items else ""
        manifest = read_manifest(self.artifacts_dir)
        content = [
            self.profile.pk,
            self.policy.pk,
            [item.evidence_id for item in self.items],
            day,
            [manifest[name].sha256 for name in self.deciding],
        ]
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()


@transaction.atomic
def rescore(
    application: Application,
    cause: str,
    *,
    actor: Officer | None = None,
    at: datetime | None = None,
    simulated: bool = False,
    only_if_moved: bool = False,
) -> ScoreRevision:
    """Append a revision and return it; where nothing changed, return the newest one instead.

    ``only_if_moved`` appends nothing either where the inputs changed and no point did.

    The row lock on the application lets one writer at a time give the next sequence. ``at`` dates
    a simulated history. Raises ProblemError where there is no financial profile yet, and
    RestrictedError where the applicant restricted processing.
    """
    inputs = _inputs(application, at or timezone.now())
    last = inputs.application.score_revisions.order_by("-sequence").first()
    digest, is_asked = inputs.sha256(), cause == ScoreRevision.Cause.REQUESTED
    if last is not None and last.inputs_sha256 == digest and not is_asked:
        return last
    result = inputs.result()
    is_quiet = only_if_moved or cause == ScoreRevision.Cause.EVIDENCE_AGED
    if last is not None and is_quiet and not _moved(last, result):
        return last
    return _append(
        inputs, result, sequence=last.sequence + 1 if last else 1, cause=cause, actor=actor,
        inputs_sha256=digest, simulated=simulated,
    )  # fmt: skip


@transaction.atomic
def score_first(
    application: Application, profile: FinancialProfile, *, actor: Officer
) -> ScoreRevision:
    """Append the first revision of an application that the caller's transaction has made.

    Nobody else sees it yet and nothing was handed in for it: nothing is locked or looked up.
    """
    policy, folder = policies.active(), estimators.in_force()
    inputs = _Inputs(application, profile, policy, [], [], folder, timezone.now())
    return _append(
        inputs, inputs.result(), sequence=1, cause=ScoreRevision.Cause.APPLICATION_CREATED,
        actor=actor, inputs_sha256=inputs.sha256(),
    )  # fmt: skip


def _append(inputs: _Inputs, result: fusion.ScoreResult, **fields: Any) -> ScoreRevision:
    revision = ScoreRevision.objects.create(
        **fields,
        **_input_fields(inputs),
        **_financial_fields(result),
        **_behavioural_fields(result),
        models_used=_models_used(result, inputs),
    )
    _remember(revision)
    review.raise_flags(revision, result, final_items(inputs.rows, inputs.items))
    return revision


def _inputs(application: Application, at: datetime) -> _Inputs:
    locked = Application.objects.select_for_update().get(pk=application.pk)
    restrictions.check(locked.applicant)
    profile = locked.profile()
    if profile is None:
        raise ProblemError(
            "profile_missing", _("There is no financial profile to score yet."), status=409
        )
    rows = current_evidence(locked)
    items, folder = _items(locked, rows), estimators.in_force()
    return _Inputs(locked, profile, policies.active(), rows, items, folder, at)


def _input_fields(inputs: _Inputs) -> dict[str, Any]:
    return {
        "application": inputs.application,
        "profile": inputs.profile,
        "policy": inputs.policy,
        "created_at": inputs.at,
        "as_of": inputs.at.date(),
        "evidence_ids": [item.evidence_id for item in inputs.items],
    }


def final_items(rows: Sequence[Evidence], items: Sequence[EvidenceItem]) -> list[EvidenceItem]:
    """Leave out what a recording handed over before its processing ended: no rule reads that."""
    provisional = {str(row.pk) for row in rows if row.is_provisional}
    return [item for item in items if item.evidence_id not in provisional]


def _moved(last: ScoreRevision, result: fusion.ScoreResult) -> bool:
    shown = (last.final_score, last.computed_adjustment)
    return shown != (result.final_score_points, result.adjustment.computed_points)


def replay(revision: ScoreRevision) -> fusion.ScoreResult:
    """Compute a stored revision again from its rows, with the scorecard that made it.

    Raises ProblemError after an erasure, or where that scorecard is gone.
    """
    if revision.erased_at is not None:
        raise ProblemError(
            "evidence_erased", _("The evidence of this score was erased; its totals remain.")
        )
    rows = Evidence.objects.filter(pk__in=revision.evidence_ids)
    return fusion.score(
        factors_of(revision.application, revision.profile),
        [row.as_item(consented=True) for row in rows],
        estimators=load_estimators(estimators.folder_of(revision)),
        policy=revision.policy.parsed,
        as_of=revision.as_of,
    )


def factors_of(application: Application, profile: FinancialProfile) -> FinancialFactors:
    """Return the engine's factors of an application with one version of its profile."""
    return FinancialFactors(
        amount=application.amount,
        term_months=application.term_months,
        is_business=application.applicant.kind == Applicant.Kind.BUSINESS,
        **profile.factors(),
    )


def _items(application: Application, rows: Sequence[Evidence]) -> list[EvidenceItem]:
    """Return the evidence that may be scored. What has no consent is not even looked at."""
    if not rows:
        return []
    scopes = standing_consents(application.applicant)
    consented = [row for row in rows if row.modality in scopes and "recording" in scopes]
    return sorted(
        (row.as_item(consented=True) for row in consented), key=lambda item: item.evidence_id
    )


def _financial_fields(result: fusion.ScoreResult) -> dict[str, Any]:
    financial = result.financial
    return {
        "estimator": financial.estimator,
        "financial_score": financial.score_points,
        "base_points": financial.base_points,
        "contributions": [asdict(each) for each in financial.contributions],
        "adjustment": result.adjustment_points,
        "final_score": result.final_score_points,
        "financial_class": result.financial_class.value,
        "credit_class": result.credit_class.value,
        "is_class_protected": result.is_class_protected,
        "band": result.band.name,
        "probability_of_default": financial.probability_of_default,
        "reasons": [asdict(reason) for reason in result.reasons],
        "strengths": [asdict(reason) for reason in result.strengths],
        "missing": list(financial.missing),
        "uncertainty": _plain(asdict(result.interval)),
        "comparison": _comparison(result.comparison),
    }


def _plain(interval: dict[str, Any]) -> dict[str, Any]:
    """Return the interval as JSON reads it back, so that a stored row equals a fresh one."""
    return {**interval, "missing": list(interval["missing"])}


def _comparison(score: FinancialScore | None) -> dict[str, Any] | None:
    if score is None:
        return None
    return {
        "estimator": score.estimator,
        "score_points": score.score_points,
        "base_points": score.base_points,
        "contributions": [asdict(each) for each in score.contributions],
        "probability_of_default": score.probability_of_default,
        "missing": list(score.missing),
    }


def _behavioural_fields(result: fusion.ScoreResult) -> dict[str, Any]:
    adjustment = result.adjustment
    return {
        "mode": adjustment.mode.value,
        "cap_points": adjustment.cap_points,
        "computed_adjustment": adjustment.computed_points,
        "mapped_total": asdict(result.mapped_total),
        "behaviour": {
            "raw_points": adjustment.raw_points,
            "z": adjustment.z,
            "effective_samples": adjustment.effective_samples,
            "used": [asdict(each) for each in adjustment.used],
            "withheld": [asdict(each) for each in adjustment.withheld],
        },
    }


def _models_used(result: fusion.ScoreResult, inputs: _Inputs) -> list[dict[str, str]]:
    """Name every file that the score rests on: the deciding estimator, the one beside, networks."""
    manifest = read_manifest(inputs.artifacts_dir)
    names = dict.fromkeys((result.financial.estimator, inputs.deciding[0]))
    used = [
        {"name": name, "version": manifest[name].version, "sha256": manifest[name].sha256}
        for name in names
    ]
    modalities = {signal.modality for signal in result.adjustment.used}
    for row in inputs.rows:
        if row.modality in modalities:
            used += [network for network in row.models_used if network not in used]
    return used


def _remember(revision: ScoreRevision) -> None:
    current = CurrentScore(
        application=revision.application,
        revision=revision,
        final_score=revision.final_score,
        credit_class=revision.credit_class,
    )
    CurrentScore.objects.bulk_create(  # one statement that inserts or updates
        [current],
        update_conflicts=True,
        unique_fields=["application"],
        update_fields=["revision", "final_score", "credit_class", "updated_at"],
    )
    audit.record(
        "score.revised",
        actor=revision.actor,
        obj=revision.application,
        sequence=revision.sequence,
        cause=revision.cause,
        final_score=revision.final_score,
        policy=revision.policy.version,
    )

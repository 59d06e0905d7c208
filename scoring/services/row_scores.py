"""Scoring one row at once: a batch of one that keeps nothing but a line in the audit trail."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from applicants.errors import ProblemError, RefusedError
from applicants.models import Officer
from applicants.permissions import Capability, can
from applicants.services import audit, restrictions
from scoring.batches.columns import REFERENCE
from scoring.batches.one_row import RowError, ScoredRow, read_row, score_row
from scoring.engine.artifacts import load_estimators
from scoring.models import Policy
from scoring.services import estimators
from scoring.services import policy as policies
from scoring.services.estimators_used import deciding_models


@dataclass(frozen=True, slots=True)
class RowScore:
    """The score of a row, with the policy and the estimator files that it rests on."""

    reference: str
    scored: ScoredRow
    policy: Policy
    models_used: list[dict[str, str]]


def score(values: Mapping[str, Any], *, officer: Officer) -> RowScore:
    """Score one row and store nothing of it. Raises ProblemError 422 by the name of the column."""
    if not can(officer, Capability.SCORE_BATCHES):
        raise RefusedError("permission_denied", _("Your role does not allow this."))
    try:
        row = read_row(values)
    except RowError as error:
        message = _("Some values cannot be used: %(names)s.") % {"names": ", ".join(error.faults)}
        raise ProblemError("invalid", message, fields=error.faults, status=422) from error
    if row.reference and restrictions.is_restricted_number(row.reference):
        text = _("the applicant of this application restricted processing")
        raise ProblemError("subject_restricted", text, fields={REFERENCE: text}, status=409)
    policy, artifacts_dir = policies.active(), estimators.in_force()
    scored = score_row(row.factors, load_estimators(artifacts_dir), policy.parsed)
    models = deciding_models(artifacts_dir)
    audit.record(
        "row.scored", actor=officer, policy=policy.version,
        models=[each["sha256"] for each in models],
    )  # fmt: skip
    return RowScore(row.reference, scored, policy, models)

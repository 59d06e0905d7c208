"""The policy in force, and how it changes: proposed by one person, activated by another."""

from collections.abc import Mapping
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from applicants.errors import ProblemError, RefusedError
from applicants.models import AuditEvent, Officer
from applicants.permissions import Capability, can
from applicants.prepared import Prepared
from applicants.services import audit
from scoring.engine.artifacts import load_reference_sessions
from scoring.engine.policy import (
    DEFAULT_RULE_THRESHOLDS,
    PolicyError,
    PolicyParameters,
    parse_policy,
    start_policy,
)
from scoring.engine.types import BehaviourMode
from scoring.models import Evidence, Policy
from scoring.paths import ARTIFACTS_DIR
from scoring.services import proof
from scoring.services.reasons_given import check_reason

MIN_OWN_SESSIONS = 30
# Behaviour may become scored only by an administrator together with a senior officer.
ROLES_FOR_A_MODE = {Officer.Role.ADMIN, Officer.Role.SENIOR_OFFICER}

_ACTIVE = Prepared(lambda _value: Policy.objects.filter(is_active=True))


def active() -> Policy:
    """Return the policy in force; an installation's first policy is that of its jurisdiction."""
    policy = _ACTIVE.first()
    if policy is None or policy.parameters.get("profile") != settings.JURISDICTION:
        return _start(settings.JURISDICTION)
    return policy


@transaction.atomic
def _start(jurisdiction: str) -> Policy:
    """Activate a jurisdiction's start policy; one of another jurisdiction no longer fits."""
    _lock_versions()
    policy = Policy.objects.filter(is_active=True).first()
    if policy is not None and policy.parameters.get("profile") == jurisdiction:
        return policy
    parameters = start_policy(jurisdiction, load_reference_sessions(ARTIFACTS_DIR))
    policy = Policy.objects.create(
        version=_next_version(),
        parameters=parameters.as_dict(),
        reason=f"The start policy of the jurisdiction “{jurisdiction}”.",
    )
    _put_in_force(policy, officer=None)
    return policy


def check_proposal(parameters: Mapping[str, object], reason: str) -> PolicyParameters:
    """Return the parsed parameters. Raises ProblemError, by parameter, for what cannot be used."""
    check_reason(reason)
    return check_parameters(parameters)


def check_parameters(parameters: Mapping[str, object]) -> PolicyParameters:
    """Return the parsed parameters of this jurisdiction. Raises ProblemError by parameter."""
    try:
        parsed = parse_policy(parameters)
    except PolicyError as error:
        raise ProblemError(
            "invalid", _("Some parameters cannot be used."), fields=error.fields
        ) from error
    problems = {}
    if parsed.profile != settings.JURISDICTION:
        problems["profile"] = _("The jurisdiction is chosen when creditweb is installed.")
    unknown = set(parsed.rule_thresholds) - set(DEFAULT_RULE_THRESHOLDS)
    if unknown:
        problems["rule_thresholds"] = _("There is no such rule: %(names)s.") % {
            "names": ", ".join(sorted(unknown))
        }
    if problems:
        raise ProblemError("invalid", _("Some parameters cannot be used."), fields=problems)
    return parsed


@transaction.atomic
def propose(*, officer: Officer, parameters: Mapping[str, object], reason: str) -> Policy:
    """Store a new version that waits for another person. Raises ProblemError by parameter."""
    if not can(officer, Capability.EDIT_POLICY):
        raise RefusedError("permission_denied", _("Your role does not allow this."))
    parsed = check_proposal(parameters, reason)
    _lock_versions()
    policy = Policy.objects.create(
        version=_next_version(), parameters=parsed.as_dict(), author=officer, reason=reason.strip()
    )
    audit.record("policy.proposed", actor=officer, obj=policy, version=policy.version)
    return policy


def activate(policy: Policy, *, officer: Officer) -> Policy:
    """Put a proposed version in force. Another person than the author must do it."""
    before = active()
    problem = activation_problem(policy, officer=officer)
    if problem is not None:
        if problem.code != "permission_denied":
            audit.record("policy.activation_refused", actor=officer, obj=policy, code=problem.code)
        raise problem
    with transaction.atomic():
        _lock_versions()
        current = Policy.objects.get(pk=policy.pk)
        if current.activated_at is not None:
            raise ProblemError(
                "policy_used", _("This version was in force before; propose it anew."), status=409
            )
        _put_in_force(current, officer=officer)
        audit.record(
            "policy.activated",
            actor=officer,
            obj=current,
            version=current.version,
            before=before.version,
            mode=current.parameters["mode"],
        )
    return current


@transaction.atomic
def stop_behaviour(*, officer: Officer, reason: str) -> Policy:
    """Switch the behavioural part off at once. One administrator may do it alone."""
    if officer.role != Officer.Role.ADMIN or not can(officer, Capability.EDIT_POLICY):
        raise RefusedError("permission_denied", _("Only an administrator can do this."))
    check_reason(reason)
    parameters = {**active().parameters, "mode": BehaviourMode.OFF}
    _lock_versions()
    policy = Policy.objects.create(
        version=_next_version(), parameters=parameters, author=officer, reason=reason.strip()
    )
    _put_in_force(policy, officer=officer)
    audit.record("policy.behaviour_stopped", actor=officer, obj=policy, version=policy.version)
    return policy


def is_proof_missing() -> bool:
    """Return whether the gate keeps the behavioural part from being scored here and now."""
    return proof.needs_proof() and not proof.measure().is_open


@transaction.atomic
def return_to_shadow() -> Policy | None:
    """Put a scored behavioural part back in shadow where its proof no longer holds.

    Return the new version, or None where nothing had to be done. It has no author: no person
    decides it, and no person can keep it from happening.
    """
    before = active()
    if before.parameters["mode"] != BehaviourMode.ADVISORY or not proof.needs_proof():
        return None
    gate = proof.measure()
    if gate.is_open:
        return None
    _lock_versions()
    policy = Policy.objects.create(
        version=_next_version(),
        parameters={**before.parameters, "mode": BehaviourMode.SHADOW},
        reason="The proof of value no longer holds on the newest outcomes.",
    )
    _put_in_force(policy, officer=None)
    audit.record(
        "policy.behaviour_returned", obj=policy, version=policy.version, before=before.version,
        closed_by=list(gate.closed_by), outcomes=gate.outcomes,
    )  # fmt: skip
    return policy


def was_returned(policy: Policy) -> bool:
    """Return whether a version is one that put the behavioural part back in shadow by itself."""
    return (
        policy.author_id is None
        and policy.version > 1
        and AuditEvent.objects.filter(
            action="policy.behaviour_returned", object_id=str(policy.pk)
        ).exists()
    )


def propose_centred(*, officer: Officer, reason: str) -> Policy:
    """Propose the policy in force, centred on what this installation itself has seen.

    A modality keeps its reference where fewer than MIN_OWN_SESSIONS of it were seen; simulated
    sessions do not count. Raises ProblemError where no modality has enough.
    """
    own = _own_sessions()
    if not own:
        raise ProblemError(
            "too_few_sessions",
            _("No modality has %(count)d sessions of its own yet.") % {"count": MIN_OWN_SESSIONS},
            status=409,
        )
    parameters = dict(active().parameters)
    parameters["reference_sessions"] = {**parameters["reference_sessions"], **own}
    return propose(officer=officer, parameters=parameters, reason=reason)


def _own_sessions() -> dict[str, list[list[float]]]:
    seen: dict[str, dict[UUID, list[float]]] = {}
    rows = Evidence.objects.filter(
        simulated=False, is_provisional=False, withdrawn_at__isnull=True
    ).order_by("sequence")
    for row in rows.iterator():
        if row.summary["samples"]:
            own = seen.setdefault(row.modality, {})
            own[row.recording_id] = row.summary["mean_probabilities"]
    return {
        modality: list(sessions.values())
        for modality, sessions in seen.items()
        if len(sessions) >= MIN_OWN_SESSIONS
    }


def activation_problem(policy: Policy, *, officer: Officer) -> ProblemError | None:
    """Return why the officer cannot put a version in force, or None where they can.

    Pages show it beside the button; :func:`activate` raises it.
    """
    may = can(officer, Capability.EDIT_POLICY) or officer.role == Officer.Role.SENIOR_OFFICER
    if not may or not officer.is_active:
        return RefusedError("permission_denied", _("Your role does not allow this."))
    if policy.activated_at is not None:
        return ProblemError(
            "policy_used", _("This version was in force before; propose it anew."), status=409
        )
    if policy.author_id == officer.pk:
        return RefusedError(
            "four_eyes", _("Another person than the author must activate a policy.")
        )
    return _mode_problem(policy, officer)


def _mode_problem(policy: Policy, officer: Officer) -> ProblemError | None:
    mode = policy.parameters["mode"]
    if mode == BehaviourMode.ADVISORY and is_proof_missing():
        return RefusedError(
            "proof_missing",
            _(
                "The behavioural part has not proven its value on your own outcomes, so it may not "
                "be scored; the page “Back-test” says what is missing."
            ),
        )
    if mode in {active().parameters["mode"], BehaviourMode.OFF}:
        return None
    if {officer.role, policy.author.role if policy.author else None} != ROLES_FOR_A_MODE:
        return RefusedError(
            "mode_roles",
            _("An administrator and a senior officer change the behavioural mode together."),
        )
    return None


def _put_in_force(policy: Policy, *, officer: Officer | None) -> None:
    Policy.objects.filter(is_active=True).update(is_active=False)
    policy.is_active, policy.approved_by, policy.activated_at = True, officer, timezone.now()
    policy.save(update_fields=["is_active", "approved_by", "activated_at"])


def _next_version() -> int:
    return (Policy.objects.aggregate(last=Max("version"))["last"] or 0) + 1


def _lock_versions() -> None:
    # Any constant works; it names the lock that gives each version its own number.
    with transaction.get_connection().cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [0x706F6C69])

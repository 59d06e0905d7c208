"""Who reaches what: every route as anonymous, as every role, and from another branch.

A new route without a row here fails; so does a row whose route is gone.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from applicants.models import Application, Officer
from tests.factories import (
    ApplicationFactory,
    OfficerFactory,
)

pytestmark = pytest.mark.django_db

OFFICER, SENIOR, ANALYST, DATA, ADMIN, AUDITOR = (
    Officer.Role.OFFICER,
    Officer.Role.SENIOR_OFFICER,
    Officer.Role.RISK_ANALYST,
    Officer.Role.DATA_OFFICER,
    Officer.Role.ADMIN,
    Officer.Role.AUDITOR,
)
LENDING = {OFFICER, SENIOR}
READING = {OFFICER, SENIOR, ANALYST, AUDITOR}
POLICY_READING = {SENIOR, ANALYST, ADMIN, AUDITOR}
NETWORK_READING = READING | {ADMIN}
PRIVACY_READING = POLICY_READING | {DATA}
BATCH_SCORING = {SENIOR, ANALYST}
HANDLING = {DATA, ADMIN}
PLACING = {SENIOR, ANALYST, ADMIN}
DECISION = '{"outcome": "dismiss", "reason": "Seen together with the applicant."}'
TUS = {"Tus-Resumable": "1.0.0"}


@dataclass(frozen=True)
class Row:
    """``of`` names the object whose key the route takes; ``roles`` may use it."""

    method: str
    roles: set[str]
    of: str = ""
    key: str = "pk"
    body: str = ""
    more: dict[str, str] = field(default_factory=dict)
    query: str = ""


# For everybody, signed in or not.
PUBLIC = {"livez", "readyz", "login", "logout", "set_language", "api_schema", "api_docs"}
# For everybody who is signed in: it only leads each to their own work.
SIGNED_IN = {"scoring:home"}

ROUTES: dict[str, list[Row]] = {
    "api_applicants": [Row("GET", READING | {DATA}), Row("POST", LENDING)],
    "api_applicant": [Row("GET", READING | {DATA}, "applicant")],
    "api_consents": [Row("POST", LENDING | {DATA})],
    "api_applications": [Row("GET", READING), Row("POST", LENDING)],
    "api_application": [Row("GET", READING, "application")],
    "api_application_financials": [Row("POST", LENDING, "application")],
    "api_scores": [Row("GET", READING, "application")],
    "api_counterfactuals": [Row("GET", READING, "application")],
    "api_flags": [Row("GET", READING)],
    # The service refuses those who may see a flag and not decide it, and leaves an audit row.
    "api_flag_decision": [Row("POST", {SENIOR}, "flag", body=DECISION)],
    "api_outcomes": [Row("GET", POLICY_READING), Row("POST", {SENIOR, ANALYST})],
    "api_batches": [Row("GET", BATCH_SCORING), Row("POST", BATCH_SCORING)],
    "api_batch": [Row("GET", BATCH_SCORING, "batch")],
    "api_batch_result": [Row("GET", BATCH_SCORING, "batch")],
    "api_batch_rejected": [Row("GET", BATCH_SCORING, "batch")],
    "api_row_score": [Row("POST", BATCH_SCORING)],
    "api_german_credit": [Row("POST", BATCH_SCORING, body="[]")],
    # The demo also answers strangers.
    "scoring:predict_credit_risk": [Row("POST", BATCH_SCORING, body="[]")],
    "api_token_predict": [Row("POST", BATCH_SCORING, body='{"tenant": "demo", "rows": []}')],
    "api_token_recipe": [Row("GET", PRIVACY_READING)],
    "api_token_vocabulary": [Row("GET", PRIVACY_READING, query="?tenant=demo")],
    "api_evaluation_keys": [Row("GET", BATCH_SCORING), Row("POST", BATCH_SCORING)],
    "api_encrypted_estimators": [Row("GET", PRIVACY_READING)],
    "api_encrypted_scores": [Row("POST", BATCH_SCORING)],
    "api_policies": [Row("GET", POLICY_READING), Row("POST", {ANALYST, ADMIN})],
    "api_behaviour_stop": [Row("POST", {ADMIN}, body=DECISION)],
    "api_policy_activation": [Row("POST", {SENIOR, ANALYST, ADMIN}, "policy", "version")],
    "api_sessions": [Row("POST", LENDING)],
    "api_session_observations": [Row("GET", LENDING, "session")],
    "api_recordings": [Row("POST", LENDING)],
    "api_job": [Row("GET", LENDING, "job")],
    "api_live_list": [Row("POST", LENDING)],
    "api_live": [Row("GET", LENDING, "live")],
    "api_live_events": [Row("GET", LENDING, "live")],
    "api_live_takes": [Row("POST", LENDING, "live", body='{"client": "tab"}')],
    "api_live_take_end": [Row("POST", LENDING, "live", more={"number": "1"})],
    "api_live_chunk": [
        Row("PUT", LENDING, "live", more={"number": "1", "sequence": "0"}, body="no recording")
    ],
    "api_live_marks": [Row("POST", LENDING, "live", body="{}")],
    "api_live_subject": [Row("PUT", LENDING, "live", body="{}")],
    "api_live_close": [Row("POST", LENDING, "live")],
    "api_live_discard": [Row("POST", LENDING, "live")],
    "media:live": [Row("GET", LENDING, "live")],
    "applicant_list": [Row("GET", READING | {DATA})],
    "applicant_new": [Row("GET", LENDING)],
    "applicant_detail": [Row("GET", READING | {DATA}, "applicant")],
    "applicant_reveal": [Row("POST", READING | {DATA}, "applicant")],
    "applicant_edit": [Row("GET", LENDING, "applicant")],
    "consent": [Row("GET", LENDING | {DATA}, "applicant")],
    "application_detail": [Row("GET", READING | {DATA}, "application")],
    "scoring:work_list": [Row("GET", READING | {DATA})],
    "scoring:application_new": [Row("GET", LENDING, "applicant")],
    "scoring:applicant_scores": [Row("GET", READING, "applicant")],
    "scoring:application_take": [Row("POST", LENDING, "application")],
    "scoring:profile_revise": [Row("GET", LENDING, "application")],
    "scoring:application_submit": [Row("POST", LENDING, "application")],
    "scoring:application_score": [Row("GET", READING, "application")],
    "scoring:score_panel": [Row("GET", READING, "application")],
    "scoring:score_changes": [Row("GET", READING, "application")],
    "scoring:score_points": [Row("GET", READING, "application")],
    "scoring:bureau_reports": [Row("GET", LENDING, "application")],
    "scoring:bureau_import": [Row("GET", LENDING), Row("POST", LENDING)],
    "scoring:portfolio_runs": [Row("GET", POLICY_READING)],
    "scoring:what_if": [Row("GET", READING, "application"), Row("POST", READING, "application")],
    "scoring:application_decide": [Row("GET", LENDING, "application")],
    "scoring:decision_letter": [Row("GET", LENDING, "application")],
    "scoring:review_queue": [Row("GET", READING)],
    "scoring:flag_detail": [Row("GET", READING, "flag")],
    "scoring:flag_assign": [Row("POST", {SENIOR}, "flag")],
    "scoring:batches": [Row("GET", BATCH_SCORING), Row("POST", BATCH_SCORING)],
    "scoring:batch": [Row("GET", BATCH_SCORING, "batch")],
    "scoring:batch_progress": [Row("GET", BATCH_SCORING, "batch")],
    "scoring:batch_result": [Row("GET", BATCH_SCORING, "batch")],
    "scoring:batch_refused": [Row("GET", BATCH_SCORING, "batch")],
    "scoring:batch_end": [Row("POST", BATCH_SCORING, "batch")],
    "scoring:risk_home": [Row("GET", POLICY_READING)],
    "scoring:german_credit": [Row("GET", BATCH_SCORING), Row("POST", BATCH_SCORING)],
    "scoring:privacy_home": [Row("GET", PRIVACY_READING)],
    "scoring:federated_training": [Row("GET", PRIVACY_READING)],
    "scoring:synthetic_applicants": [Row("GET", PRIVACY_READING)],
    "scoring:synthetic_rows": [Row("GET", {ANALYST, DATA})],
    "scoring:synthetic_provenance": [Row("GET", {ANALYST, DATA})],
    "subjects:requests": [Row("GET", HANDLING)],
    "subjects:subject": [Row("GET", HANDLING, "applicant"), Row("POST", HANDLING, "applicant")],
    "subjects:request": [Row("GET", HANDLING, "subject_request")],
    "subjects:progress": [Row("GET", HANDLING, "subject_request")],
    "subjects:do": [Row("POST", HANDLING, "subject_request")],
    "subjects:correct": [Row("GET", HANDLING, "rectification")],
    "subjects:refuse": [Row("POST", HANDLING, "subject_request")],
    # Without the own password nothing is handed out.
    "subjects:download": [Row("POST", HANDLING, "subject_request")],
    "subjects:data": [Row("GET", HANDLING | {AUDITOR})],
    "subjects:access": [Row("GET", HANDLING | {AUDITOR})],
    "subjects:access_csv": [Row("GET", HANDLING | {AUDITOR})],
    "scoring:tokens": [Row("GET", PRIVACY_READING)],
    "scoring:encrypted_scoring": [Row("GET", PRIVACY_READING)],
    "scoring:encrypted_round": [Row("POST", PRIVACY_READING)],
    "scoring:monitoring": [Row("GET", POLICY_READING)],
    "scoring:monitoring_make": [Row("POST", {SENIOR, ANALYST})],
    "scoring:thresholds": [Row("GET", {ANALYST, ADMIN})],
    "scoring:fairness": [Row("GET", {ANALYST, DATA, AUDITOR})],
    "scoring:declare_groups": [Row("GET", LENDING | {DATA}, "applicant")],
    "scoring:declare_take_back": [Row("POST", LENDING | {DATA}, "applicant")],
    "scoring:alarm": [Row("GET", POLICY_READING, "alarm")],
    "scoring:outcome_list": [Row("GET", POLICY_READING), Row("POST", {SENIOR, ANALYST})],
    "scoring:outcome_new": [Row("GET", {SENIOR, ANALYST}, "application")],
    "scoring:strategy": [Row("GET", POLICY_READING)],
    "scoring:back_test": [Row("GET", POLICY_READING)],
    "scoring:overrides": [Row("GET", POLICY_READING)],
    "scoring:policy_list": [Row("GET", POLICY_READING)],
    "scoring:policy_new": [Row("GET", {ANALYST, ADMIN})],
    "scoring:policy_detail": [Row("GET", POLICY_READING, "policy", "version")],
    "scoring:policy_effect": [Row("GET", POLICY_READING, "policy", "version")],
    "scoring:policy_activate": [Row("POST", {SENIOR, ANALYST, ADMIN}, "policy", "version")],
    "scoring:credit_tables": [Row("GET", POLICY_READING)],
    "scoring:credit_table_new": [Row("GET", {ANALYST})],
    "scoring:credit_table": [Row("GET", POLICY_READING, "credit_table")],
    "scoring:credit_table_delete": [Row("POST", {ANALYST}, "credit_table")],
    "scoring:training_new": [Row("GET", {ANALYST}, "credit_table")],
    "scoring:training_run": [Row("GET", POLICY_READING, "training")],
    "scoring:training_step": [Row("POST", {ANALYST}, "training")],
    "scoring:training_register": [Row("POST", {ANALYST}, "training")],
    "scoring:estimators": [Row("GET", POLICY_READING)],
    "scoring:estimator_version": [Row("GET", POLICY_READING, "estimator")],
    # Two people, whatever their role of these three; the service knows who proposed.
    "scoring:estimator_step": [Row("POST", PLACING, "estimator")],
    "scoring:estimator_proposal_step": [Row("POST", PLACING, "estimator_proposal")],
    "media:uploads": [Row("POST", LENDING)],
    "media:upload": [Row("PATCH", LENDING, "upload"), Row("DELETE", LENDING, "upload")],
    "media:playback": [Row("GET", LENDING, "recording")],
    "media:job_state": [Row("GET", LENDING, "job")],
    "media:session_state": [Row("GET", LENDING, "session")],
    "media:session_events": [Row("GET", LENDING, "session")],
    "media:session_series": [Row("GET", LENDING, "session")],
    "media:session": [Row("GET", LENDING, "session")],
    "media:session_recordings": [Row("GET", LENDING, "session")],
    "media:session_workspace": [Row("GET", LENDING, "session")],
    "media:recording_figures": [Row("GET", LENDING, "recording")],
    "media:cancel_job": [Row("POST", LENDING, "job")],
    "media:retry_stage": [Row("POST", LENDING, "stage")],
    "media:new_session": [Row("POST", LENDING, "application")],
    "media:application_sessions": [Row("GET", READING | {DATA}, "application")],
    "media:applicant_sessions": [Row("GET", READING | {DATA}, "applicant")],
    "media:withdraw_consent": [Row("POST", LENDING | {DATA}, "applicant")],
    "media:live_start": [Row("GET", LENDING, "session"), Row("POST", LENDING, "session")],
    "media:question_lists": [Row("GET", LENDING)],
    "media:question_list_new": [Row("GET", LENDING), Row("POST", LENDING)],
    "media:question_list": [
        Row("GET", LENDING, "question_list"),
        Row("POST", LENDING, "question_list"),
    ],
    "media:question_list_archive": [Row("POST", LENDING, "question_list")],
    "media:networks": [Row("GET", NETWORK_READING)],
    "media:model_card": [Row("GET", NETWORK_READING, "network", "name")],
    "media:card_picture": [
        Row("GET", NETWORK_READING, "network", "name", more={"file": "face_emotion_absent.svg"})
    ],
    "media:network_version": [Row("GET", NETWORK_READING, "network_version")],
    "media:version_picture": [
        Row("GET", NETWORK_READING, "network_version", more={"file": "face_emotion_absent.svg"})
    ],
    # Two people, whatever their role of these three; the service knows who proposed.
    "media:network_step": [Row("POST", PLACING, "network_version")],
    "media:proposal_step": [Row("POST", PLACING, "proposal")],
}
# What belongs to the installation and to no branch.
OF_NO_BRANCH = {
    "alarm", "policy", "network", "network_version", "proposal", "estimator", "estimator_proposal",
    "credit_table", "training",
}  # fmt: skip
CASES = [(name, row) for name, rows in ROUTES.items() for row in rows]
IDS = [f"{row.method} {name}" for name, row in CASES]
# What no officer owns is 404 for everybody but the owner or where the file does not exist.
HIDDEN_FROM_COLLEAGUES = {"media:upload"}
WITHOUT_FILE = {"media:playback", "media:card_picture", "media:version_picture"}


def _names(patterns: list[URLPattern | URLResolver], space: str = "") -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            if pattern.app_name != "admin":
                inner = f"{pattern.namespace}:" if pattern.namespace else space
                yield from _names(pattern.url_patterns, inner)
        else:
            yield f"{space}{pattern.name}"


def test_every_route_stands_in_the_table_and_every_row_has_its_route() -> None:
    routes = set(_names(get_resolver().url_patterns))
    assert routes == PUBLIC | SIGNED_IN | set(ROUTES)


def ask(client: Client, name: str, row: Row, world: dict[str, object]) -> HttpResponse:
    path = reverse(name, kwargs={row.key: world[row.of], **row.more} if row.of else {})
    headers = TUS if "/uploads/" in path else {}
    return client.generic(
        row.method, path + row.query, row.body, content_type="application/json", headers=headers
    )


def _is_sent_to_sign_in(response: HttpResponse) -> bool:
    login = reverse("login")
    return response.status_code == 401 or (
        response.status_code == 302 and response["Location"].startswith(login)
    )


def signed_in(officer: Officer) -> Client:
    client = Client()
    client.force_login(officer, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.mark.parametrize(("name", "row"), CASES, ids=IDS)
def test_a_stranger_is_asked_to_sign_in(name: str, row: Row, world: dict[str, object]) -> None:
    response = ask(Client(), name, row, world)
    assert _is_sent_to_sign_in(response), response.status_code


@pytest.mark.parametrize(("name", "row"), CASES, ids=IDS)
def test_a_role_reaches_what_the_table_says(
    name: str, row: Row, world: dict[str, object], application: Application
) -> None:
    for role in Officer.Role.values:
        branch = application.branch if role in LENDING else None
        response = ask(signed_in(OfficerFactory(role=role, branch=branch)), name, row, world)
        if role not in row.roles:
            assert response.status_code == 403, f"{role}: {response.status_code}"
        elif name in HIDDEN_FROM_COLLEAGUES | WITHOUT_FILE:
            assert response.status_code == 404, f"{role}: {response.status_code}"
        else:
            assert response.status_code not in {401, 403, 404, 405, 500}, (
                f"{role}: {response.status_code}"
            )
            assert not _is_sent_to_sign_in(response)


@pytest.mark.parametrize(
    ("name", "row"), [(n, r) for n, r in CASES if r.of and r.of not in OF_NO_BRANCH]
)
def test_another_branch_does_not_exist(name: str, row: Row, world: dict[str, object]) -> None:
    for role in LENDING & row.roles:
        stranger = OfficerFactory(role=role, branch=ApplicationFactory().branch)
        response = ask(signed_in(stranger), name, row, world)
        assert response.status_code == 404, f"{role}: {response.status_code}"


def test_home_leads_everybody_who_issigned_in(application: Application) -> None:
    assert _is_sent_to_sign_in(Client().get("/"))
    for role in Officer.Role.values:
        branch = application.branch if role in LENDING else None
        response = signed_in(OfficerFactory(role=role, branch=branch)).get("/")
        assert response.status_code == 302
        assert not _is_sent_to_sign_in(response)

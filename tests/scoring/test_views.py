"""Pages of work, scores, reviews and decisions: who sees them, and what they do."""

import json
import re
import uuid
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from applicants.models import Application, AuditEvent, FinancialProfile, Officer
from scoring.engine.evidence import EvidenceSummary
from scoring.engine.types import EMOTIONS
from scoring.models import ApplicationDecision, ReviewDecision, ReviewFlag, ScoreRevision
from scoring.services import evidence
from scoring.services.rescore import rescore
from tests.factories import ApplicationFactory, give_consents

pytestmark = pytest.mark.django_db

ClientOf = Callable[[Officer], Client]

READERS = {"officer", "senior", "auditor", "analyst"}
WRITERS = {"officer", "senior"}
ROUTES = [
    ("work_list", None, "get", READERS | {"data_officer"}),
    ("application_new", "applicant", "get", WRITERS),
    ("applicant_scores", "applicant", "get", READERS),
    ("application_take", "application", "post", WRITERS),
    ("profile_revise", "application", "get", WRITERS),
    ("application_submit", "application", "post", WRITERS),
    ("application_score", "application", "get", READERS),
    ("score_panel", "application", "get", READERS),
    ("score_changes", "application", "get", READERS),
    ("what_if", "application", "get", READERS),
    ("application_decide", "application", "get", WRITERS),
    ("review_queue", None, "get", READERS),
    ("flag_detail", "flag", "get", READERS),
    ("flag_assign", "flag", "post", {"senior"}),
]
IDS = [route[0] for route in ROUTES]
ROLES = ["officer", "senior", "auditor", "analyst", "data_officer", "admin"]
LOAN = {"amount": "15000", "currency": "EUR", "term_months": "48", "purpose": "car"}
FINANCES = {
    "annual_income": "52000",
    "monthly_debt_payments": "450",
    "employment_years": "6",
    "income_stable": "unknown",
    "credit_history_years": "9",
    "overdue_payments": "0",
    "card_utilisation_percent": "22",
    "total_assets": "90000",
    "total_liabilities": "30000",
    "open_accounts": "4",
    "recent_enquiries": "1",
}


def hand_over(application: Application, **measures: float) -> ScoreRevision | None:
    """Give a session's face evidence to the score."""
    probabilities = tuple(0.52 if label == "happy" else 0.08 for label in EMOTIONS)
    summary = EvidenceSummary(probabilities, samples=30, usable_s=60, coverage=0.9, quality=0.8)
    return evidence.accept(
        application,
        evidence.HandOver(
            session_id=uuid.uuid4(),
            recording_id=uuid.uuid4(),
            modality="face",
            summary=summary,
            observed_at=timezone.now(),
            measures=measures,
        ),
    )


@pytest.fixture
def scored(application: Application, officer: Officer, settings: object) -> Application:
    """A submitted application with consent, a financial score and one session."""
    settings.JURISDICTION = "demo"
    give_consents(application.applicant)
    rescore(application, ScoreRevision.Cause.APPLICATION_CREATED, actor=officer)
    hand_over(application)
    return application


@pytest.fixture
def flag(scored: Application) -> ReviewFlag:
    """A flag that the rule on several people raised."""
    hand_over(scored, people=2)
    return ReviewFlag.objects.get(rule_id="several_people")


def address(name: str, of: str | None, flag: ReviewFlag) -> str:
    application = flag.application
    keys = {"applicant": application.applicant_id, "application": application.pk, "flag": flag.pk}
    return reverse(f"scoring:{name}", args=[keys[of]] if of else [])


@pytest.mark.parametrize("route", ROUTES, ids=IDS)
def test_a_stranger_is_sent_to_the_sign_in(route: tuple, flag: ReviewFlag) -> None:
    name, of, method, _ = route
    answer = getattr(Client(), method)(address(name, of, flag))
    assert (answer.status_code, answer.url.split("?")[0]) == (302, reverse("login"))


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("route", ROUTES, ids=IDS)
def test_a_role_reaches_what_it_may(
    route: tuple, role: str, flag: ReviewFlag, client_of: ClientOf, request: pytest.FixtureRequest
) -> None:
    name, of, method, allowed = route
    client = client_of(request.getfixturevalue(role))
    answer = getattr(client, method)(address(name, of, flag))
    done = 200 if method == "get" else 302
    assert answer.status_code == (done if role in allowed else 403)


@pytest.mark.parametrize("route", [each for each in ROUTES if each[1]], ids=lambda r: r[0])
def test_another_branch_does_not_exist(
    route: tuple, flag: ReviewFlag, other_branch_officer: Officer, client_of: ClientOf
) -> None:
    name, of, method, _allowed = route
    other_branch_officer.role = Officer.Role.SENIOR_OFFICER
    other_branch_officer.save()
    answer = getattr(client_of(other_branch_officer), method)(address(name, of, flag))
    assert answer.status_code == 404


def page_of(client: Client, name: str, *args: object, **query: str) -> str:
    return client.get(reverse(f"scoring:{name}", args=args), query).content.decode()


# --- work list ----------------------------------------------------------------------------------


def test_the_work_list_shows_score_class_and_flags(
    flag: ReviewFlag, officer: Officer, client_of: ClientOf
) -> None:
    page = page_of(client_of(officer), "work_list")
    revision = flag.application.score_revisions.last()
    assert flag.application.number in page
    assert revision.adjustment != 0
    assert f">{revision.financial_score}</a>" in page
    assert f">{revision.final_score}</a>" in page
    assert revision.get_credit_class_display() in page


@pytest.mark.parametrize(
    ("tab", "shown"), [("mine", True), ("unassigned", False), ("flagged", True), ("all", True)]
)
def test_tabs_hold_their_part(
    tab: str, shown: bool, flag: ReviewFlag, officer: Officer, client_of: ClientOf
) -> None:
    page = page_of(client_of(officer), "work_list", tab=tab)
    assert (flag.application.number in page) is shown


def test_a_decided_application_leaves_the_tab_at_once(
    application: Application, officer: Officer, client_of: ClientOf
) -> None:
    client = client_of(officer)
    assert application.number in page_of(client, "work_list")
    Application.objects.filter(pk=application.pk).update(state=Application.State.DECLINED)
    assert application.number not in page_of(client, "work_list")


def test_filters_and_order_stand_in_the_address(officer: Officer, client_of: ClientOf) -> None:
    small = ApplicationFactory(branch=officer.branch, created_by=officer, amount=1000)
    large = ApplicationFactory(branch=officer.branch, created_by=officer, amount=9000)
    client = client_of(officer)
    page = page_of(client, "work_list", sort="amount")
    assert page.index(small.number) < page.index(large.number)
    page = page_of(client, "work_list", sort="-amount")
    assert page.index(large.number) < page.index(small.number)
    assert small.number not in page_of(client, "work_list", state="draft")


def test_an_order_by_an_unknown_column_is_ignored(officer: Officer, client_of: ClientOf) -> None:
    answer = client_of(officer).get(reverse("scoring:work_list"), {"sort": "applicant__name"})
    assert answer.status_code == 200


def test_a_role_without_scores_sees_none(
    scored: Application, data_officer: Officer, client_of: ClientOf
) -> None:
    page = page_of(client_of(data_officer), "work_list", tab="all")
    assert scored.number in page
    assert f">{scored.score_revisions.last().final_score}</a>" not in page


def test_an_unassigned_case_can_be_taken(officer: Officer, client_of: ClientOf) -> None:
    case = ApplicationFactory(branch=officer.branch, created_by=officer, assigned_to=None)
    client_of(officer).post(reverse("scoring:application_take", args=[case.pk]))
    case.refresh_from_db()
    assert case.assigned_to == officer


# --- application --------------------------------------------------------------------------------


def test_a_new_application_is_scored_at_once(
    application: Application, officer: Officer, client_of: ClientOf
) -> None:
    url = reverse("scoring:application_new", args=[application.applicant_id])
    answer = client_of(officer).post(url, LOAN | FINANCES)
    new = Application.objects.exclude(pk=application.pk).get()
    assert answer.url == reverse("application_detail", args=[new.pk])
    assert new.current_score.revision.cause == ScoreRevision.Cause.APPLICATION_CREATED


@pytest.mark.parametrize(
    "wrong", [{"annual_income": "-5"}, {"card_utilisation_percent": "140"}, {"amount": "0"}]
)
def test_wrong_figures_are_named_and_nothing_is_lost(
    wrong: dict, application: Application, officer: Officer, client_of: ClientOf
) -> None:
    url = reverse("scoring:application_new", args=[application.applicant_id])
    answer = client_of(officer).post(url, LOAN | FINANCES | wrong)
    page = answer.content.decode()
    assert answer.status_code == 422
    (name,) = wrong
    assert f'href="#id_{name}"' in page
    assert 'value="48"' in page
    assert Application.objects.count() == 1


def test_missing_figures_are_scored_as_missing(
    application: Application, officer: Officer, client_of: ClientOf
) -> None:
    url = reverse("scoring:application_new", args=[application.applicant_id])
    client_of(officer).post(url, LOAN | {"annual_income": "40000", "income_stable": "unknown"})
    new = Application.objects.exclude(pk=application.pk).get()
    assert "overdue_payments" in new.current_score.revision.missing


def test_revising_the_finances_adds_a_version_and_moves_the_score(
    scored: Application, officer: Officer, client_of: ClientOf
) -> None:
    before = scored.score_revisions.last()
    url = reverse("scoring:profile_revise", args=[scored.pk])
    client_of(officer).post(url, FINANCES | {"overdue_payments": "5"})
    after = scored.score_revisions.last()
    assert FinancialProfile.objects.filter(application=scored).count() == 2
    assert after.cause == ScoreRevision.Cause.PROFILE_CHANGED
    assert after.financial_score < before.financial_score


def test_a_decided_application_keeps_its_finances(
    scored: Application, officer: Officer, client_of: ClientOf
) -> None:
    Application.objects.filter(pk=scored.pk).update(state=Application.State.APPROVED)
    url = reverse("scoring:profile_revise", args=[scored.pk])
    answer = client_of(officer).post(url, FINANCES)
    assert answer.status_code == 422
    assert "cannot be changed" in answer.content.decode()


def test_a_draft_is_submitted_once(officer: Officer, client_of: ClientOf) -> None:
    draft = ApplicationFactory(branch=officer.branch, created_by=officer, state="draft")
    client = client_of(officer)
    url = reverse("scoring:application_submit", args=[draft.pk])
    client.post(url)
    draft.refresh_from_db()
    assert draft.state == Application.State.SUBMITTED
    assert "reload the page" in client.post(url, follow=True).content.decode()


# --- score --------------------------------------------------------------------------------------


def figure(page: str, name: str) -> dict:
    found = re.search(rf'<script id="{name}" type="application/json">(.*?)</script>', page, re.S)
    return json.loads(found[1])


def test_both_numbers_the_cap_and_the_class_are_shown(
    scored: Application, officer: Officer, client_of: ClientOf
) -> None:
    page = page_of(client_of(officer), "application_score", scored.pk)
    revision = scored.score_revisions.last()
    assert revision.adjustment != 0
    numbers = re.findall(r'<p class="score-number">(\d+)</p>', page)
    assert numbers == [str(revision.financial_score), str(revision.final_score)]
    assert f"of at most plus or minus {revision.cap_points}" in page


def test_the_waterfall_and_its_table_sum_to_the_score(
    scored: Application, officer: Officer, client_of: ClientOf
) -> None:
    page = page_of(client_of(officer), "application_score", scored.pk)
    revision = scored.score_revisions.last()
    (bars,) = figure(page, "figure-waterfall")["data"]
    names = bars["y"]
    steps = dict(zip(names, bars["x"], strict=True))
    ends = {name: base + x for name, base, x in zip(names, bars["base"], bars["x"], strict=True)}
    contributions = [x for name, x in steps.items() if not name.endswith(("points", "score"))]
    assert ends["Base points"] + sum(contributions) == revision.final_score
    assert ends["Financial score"] == revision.financial_score
    assert ends["Final score"] == revision.final_score


def test_the_evolution_holds_every_revision_with_its_cause(
    scored: Application, officer: Officer, client_of: ClientOf
) -> None:
    page = page_of(client_of(officer), "application_score", scored.pk)
    revisions = list(scored.score_revisions.order_by("sequence"))
    final, financial = figure(page, "figure-evolution")["data"]
    assert final["y"] == [each.final_score for each in revisions]
    assert financial["y"] == [each.financial_score for each in revisions]
    for revision in revisions:
        assert revision.get_cause_display() in page


def test_every_chart_has_a_table_beside_it(
    scored: Application, officer: Officer, client_of: ClientOf
) -> None:
    page = page_of(client_of(officer), "application_score", scored.pk)
    for words in ("The same as a table", "Every revision with its cause"):
        assert page.count(f"<summary>{words}</summary>") == 1
    revision = scored.score_revisions.last()
    assert figure(page, "figure-gauge")["data"][0]["value"] == revision.financial_score


def test_a_score_can_be_traced_to_policy_and_artifact(
    scored: Application, officer: Officer, client_of: ClientOf
) -> None:
    page = page_of(client_of(officer), "application_score", scored.pk)
    revision = scored.score_revisions.last()
    assert f"version {revision.policy.version}" in page
    assert revision.models_used[0]["sha256"][:16] in page
    assert revision.inputs_sha256[:16] in page


def test_simulated_revisions_are_marked(
    scored: Application, officer: Officer, client_of: ClientOf
) -> None:
    client = client_of(officer)
    assert "mark-simulated" not in page_of(client, "application_score", scored.pk)
    rescore(scored, ScoreRevision.Cause.REQUESTED, simulated=True)
    assert "mark-simulated" in page_of(client, "application_score", scored.pk)


def test_an_application_without_a_score_says_so(
    application: Application, officer: Officer, client_of: ClientOf
) -> None:
    client = client_of(officer)
    assert "No score yet" in page_of(client, "application_score", application.pk)
    assert "No score yet" in page_of(client, "score_panel", application.pk)
    assert "No score yet" in page_of(client, "applicant_scores", application.applicant_id)


# --- review -------------------------------------------------------------------------------------


def test_the_queue_names_rule_value_threshold_and_version(
    flag: ReviewFlag, senior: Officer, client_of: ClientOf
) -> None:
    page = page_of(client_of(senior), "review_queue")
    assert "several_people" in page
    assert "2 / 1" in page
    assert "rule version 1" in page


def test_a_late_flag_says_so_in_words(
    flag: ReviewFlag, senior: Officer, client_of: ClientOf
) -> None:
    client = client_of(senior)
    assert "late by" not in page_of(client, "review_queue")
    flag.due_at = timezone.now() - timezone.timedelta(hours=2)
    flag.save()
    assert "late by" in page_of(client, "review_queue")


def test_the_first_officer_sees_why_they_cannot_decide_and_the_server_refuses(
    flag: ReviewFlag, officer: Officer, client_of: ClientOf
) -> None:
    officer.role = Officer.Role.SENIOR_OFFICER
    officer.save()
    client = client_of(officer)
    page = page_of(client, "flag_detail", flag.pk)
    assert "Another person must decide" in page
    assert 'name="outcome"' not in page
    url = reverse("scoring:flag_detail", args=[flag.pk])
    answer = client.post(url, {"outcome": "dismiss", "reason": "I saw nothing wrong here."})
    assert answer.status_code == 403
    assert not ReviewDecision.objects.exists()
    refused = AuditEvent.objects.get(action="flag.decision_refused")
    assert (refused.actor, refused.detail["code"]) == (officer, "four_eyes")


def test_a_loan_officer_cannot_decide_a_flag(
    flag: ReviewFlag, officer: Officer, client_of: ClientOf
) -> None:
    url = reverse("scoring:flag_detail", args=[flag.pk])
    answer = client_of(officer).post(url, {"outcome": "dismiss", "reason": "Nothing wrong here."})
    assert answer.status_code == 403
    assert not ReviewDecision.objects.exists()


def test_a_second_person_decides_and_the_next_case_opens(
    flag: ReviewFlag, senior: Officer, officer: Officer, client_of: ClientOf
) -> None:
    other = ApplicationFactory(branch=officer.branch, created_by=officer)
    give_consents(other.applicant)
    hand_over(other, people=3)
    following = other.flags.get(rule_id="several_people")
    url = reverse("scoring:flag_detail", args=[flag.pk])
    answer = client_of(senior).post(
        url, {"outcome": "dismiss", "reason": "A child walked through the picture."}
    )
    assert answer.url == reverse("scoring:flag_detail", args=[following.pk])
    flag.refresh_from_db()
    assert flag.state == ReviewFlag.State.DISMISSED
    assert flag.decisions.get().officer == senior


def test_a_decision_without_a_reason_is_told_in_words(
    flag: ReviewFlag, senior: Officer, client_of: ClientOf
) -> None:
    url = reverse("scoring:flag_detail", args=[flag.pk])
    answer = client_of(senior).post(url, {"outcome": "uphold", "reason": "no"})
    assert answer.status_code == 400
    assert "A reason is needed." in answer.content.decode()
    answer = client_of(senior).post(url, {"reason": "A reason without an outcome."})
    assert answer.status_code == 422
    assert "Choose one of the outcomes." in answer.content.decode()
    assert not ReviewDecision.objects.exists()


def test_a_flag_is_taken_and_given_back(
    flag: ReviewFlag, senior: Officer, client_of: ClientOf
) -> None:
    client = client_of(senior)
    url = reverse("scoring:flag_assign", args=[flag.pk])
    client.post(url, {"to": "me"})
    flag.refresh_from_db()
    assert flag.assigned_to == senior
    client.post(url)
    flag.refresh_from_db()
    assert flag.assigned_to is None


# --- decision -----------------------------------------------------------------------------------


def test_a_person_approves_with_a_reason(
    scored: Application, officer: Officer, client_of: ClientOf
) -> None:
    url = reverse("scoring:application_decide", args=[scored.pk])
    data = {"outcome": "approved", "reason": "Income and history carry the instalment."}
    assert client_of(officer).post(url, data).status_code == 302
    decision = ApplicationDecision.objects.get()
    assert (decision.officer, decision.outcome) == (officer, "approved")
    scored.refresh_from_db()
    assert scored.state == Application.State.APPROVED
    panel = page_of(client_of(officer), "score_panel", scored.pk)
    assert "Income and history carry the instalment." in panel


def test_nothing_is_decided_while_a_flag_waits(
    flag: ReviewFlag, senior: Officer, client_of: ClientOf
) -> None:
    url = reverse("scoring:application_decide", args=[flag.application_id])
    data = {"outcome": "approved", "reason": "Income and history carry the instalment."}
    answer = client_of(senior).post(url, data)
    assert answer.status_code == 409
    assert "waits for a second person" in answer.content.decode()
    assert not ApplicationDecision.objects.exists()


def test_a_flagged_case_is_not_decided_by_a_loan_officer(
    flag: ReviewFlag, officer: Officer, client_of: ClientOf
) -> None:
    url = reverse("scoring:application_decide", args=[flag.application_id])
    data = {"outcome": "approved", "reason": "Income and history carry the instalment."}
    answer = client_of(officer).post(url, data)
    assert answer.status_code == 403
    assert "senior officer" in answer.content.decode()
    assert not ApplicationDecision.objects.exists()


def test_a_decided_application_is_not_offered_for_decision(
    scored: Application, officer: Officer, client_of: ClientOf
) -> None:
    Application.objects.filter(pk=scored.pk).update(state=Application.State.APPROVED)
    url = reverse("scoring:application_decide", args=[scored.pk])
    answer = client_of(officer).get(url, follow=True)
    assert answer.redirect_chain[-1][0] == reverse("application_detail", args=[scored.pk])
    assert "no longer open: Approved" in answer.content.decode()


def test_a_decided_flag_shows_its_outcome_and_no_time_left(
    flag: ReviewFlag, senior: Officer, client_of: ClientOf
) -> None:
    other = ReviewFlag.objects.get(pk=flag.pk)
    other.pk, other.rule_id, other.state = uuid.uuid4(), "poor_quality", "dismissed"
    other._state.adding = True
    other.save()
    page = client_of(senior).get(reverse("scoring:flag_detail", args=[flag.pk])).content.decode()
    others = page[page.index('id="others"') :]
    assert "Dismissed" in others
    assert "late by" not in others[: others.index("</section>")]

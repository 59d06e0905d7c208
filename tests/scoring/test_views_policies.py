"""The pages of the policy: proposing with its effect shown first, and the second person."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from applicants.models import Application, AuditEvent, Officer
from scoring.models import Policy, ScoreRevision
from scoring.policy_forms import PolicyForm
from scoring.services import policy as policies
from scoring.services import policy_preview
from scoring.services.rescore import rescore
from tests.factories import ApplicationFactory, OfficerFactory

pytestmark = pytest.mark.django_db
ClientOf = Callable[[Officer], Client]
REASON = "Losses of the third quarter."


def values(**changes: Any) -> dict[str, Any]:
    form = PolicyForm(base=policies.active().parsed)
    initial = {name: form[name].value() for name in form.fields}
    return {name: "" if value is None else value for name, value in initial.items()} | changes


def text_of(response: HttpResponse) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


@pytest.fixture
def cases(scored: Application) -> list[Application]:
    """The scored application and one of another branch with poor finances."""
    poor = ApplicationFactory(profile=None)
    poor.profiles.create(
        version=1, created_by=poor.created_by, overdue_payments=6, card_utilisation_percent=99,
        annual_income=20_000, monthly_debt_payments=900, open_accounts=1,
    )  # fmt: skip
    rescore(poor, ScoreRevision.Cause.APPLICATION_CREATED)
    return [scored, poor]


def previewed(client: Client, **changes: Any) -> tuple[HttpResponse, dict[str, Any]]:
    """Return the page with the effect, and the values that it now holds."""
    response = client.post(reverse("scoring:policy_new"), values(action="preview", **changes))
    digest = re.search(r'name="previewed" value="([0-9a-f]{64})"', response.content.decode())
    return response, values(previewed=digest[1] if digest else "", action="propose", **changes)


def test_the_effect_is_shown_before_anything_is_saved(
    cases: list[Application], analyst: Officer, client_of: ClientOf
) -> None:
    response, __ = previewed(client_of(analyst), approval_cut_off_points=850)
    shown = response.context["preview"]
    assert response.status_code == 200
    assert Policy.objects.count() == 1
    assert (shown.whole.cases, shown.whole.approved_after) == (2, 0)
    assert shown.whole.newly_below == shown.whole.approved_before == 1
    assert sum(row.effect.cases for row in shown.branches) == 2
    assert len(shown.branches) == 2
    assert "All 2 scored applications" in text_of(response)


def test_what_was_shown_can_be_proposed_and_another_person_activates_it(
    cases: list[Application], analyst: Officer, senior: Officer, client_of: ClientOf
) -> None:
    __, seen = previewed(client_of(analyst), approval_cut_off_points=640, reason=REASON)
    answer = client_of(analyst).post(reverse("scoring:policy_new"), seen)
    proposed = Policy.objects.get(version=2)
    assert answer["Location"] == reverse("scoring:policy_detail", args=[2])
    assert (proposed.parsed.approval_cut_off_points, proposed.author) == (640, analyst)
    page = text_of(client_of(analyst).get(answer["Location"]))
    assert "Another person than the author must activate a policy." in page
    assert "Put it in force" not in page
    assert "Put it in force" in text_of(client_of(senior).get(answer["Location"]))
    client_of(senior).post(reverse("scoring:policy_activate", args=[2]))
    assert policies.active() == proposed


def test_what_was_not_shown_is_not_saved(
    cases: list[Application], analyst: Officer, client_of: ClientOf
) -> None:
    __, seen = previewed(client_of(analyst), approval_cut_off_points=640, reason=REASON)
    response = client_of(analyst).post(
        reverse("scoring:policy_new"), seen | {"approval_cut_off_points": 700}
    )
    assert response.status_code == 422
    assert response.context["is_stale"]
    assert Policy.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"approval_cut_off_points": 900}, "approval_cut_off_points"),
        ({"approval_cut_off_points": ""}, "approval_cut_off_points"),
        ({"good_below_probability": "50"}, "good_below_probability"),
        ({"poor_from_probability": "nan"}, "poor_from_probability"),
        ({"cap_points": 31}, "cap_points"),
        ({"band_1_from": 300}, "band_0_from"),
        ({"band_2_name": ""}, "band_2_name"),
        ({"rule_poor_quality": "inf"}, "rule_poor_quality"),
        ({"mode": "secret"}, "mode"),
    ],
)
def test_what_cannot_be_used_is_told_at_its_field(
    changes: dict[str, Any], field: str, analyst: Officer, client_of: ClientOf
) -> None:
    response = client_of(analyst).post(
        reverse("scoring:policy_new"), values(action="preview", **changes)
    )
    assert response.status_code == 422
    assert field in response.context["form"].errors
    assert "preview" not in response.context


def test_a_proposal_without_a_reason_keeps_what_was_typed(
    cases: list[Application], analyst: Officer, client_of: ClientOf
) -> None:
    __, seen = previewed(client_of(analyst), approval_cut_off_points=640)
    response = client_of(analyst).post(reverse("scoring:policy_new"), seen)
    assert response.status_code == 422
    assert "reason" in response.context["form"].errors
    assert 'value="640"' in response.content.decode()


def test_what_is_not_asked_stays_as_it_is(analyst: Officer, client_of: ClientOf) -> None:
    form = PolicyForm(values(), base=policies.active().parsed)
    assert form.is_valid(), form.errors
    assert policies.check_parameters(form.parameters()) == policies.active().parsed


def test_a_senior_officer_sees_the_effect_on_the_own_branch_only(
    cases: list[Application], analyst: Officer, senior: Officer, client_of: ClientOf
) -> None:
    parameters = {**policies.active().parameters, "approval_cut_off_points": 850}
    proposed = policies.propose(officer=analyst, parameters=parameters, reason=REASON)
    response = client_of(senior).get(reverse("scoring:policy_effect", args=[proposed.version]))
    branches = [row.branch for row in response.context["preview"].branches]
    assert branches == [cases[0].branch.name]


def test_only_the_newest_applications_are_replayed_and_the_page_says_so(
    cases: list[Application], analyst: Officer, client_of: ClientOf, monkeypatch: Any
) -> None:
    monkeypatch.setattr(policy_preview, "PREVIEW_APPLICATIONS", 1)
    response, __ = previewed(client_of(analyst), approval_cut_off_points=650)
    assert response.context["preview"].whole.cases == 1
    assert response.context["preview"].branches[0].branch == cases[1].branch.name
    assert "The newest 1 of 2 scored applications" in text_of(response)


def test_the_author_cannot_activate_from_the_page(analyst: Officer, client_of: ClientOf) -> None:
    proposed = policies.propose(
        officer=analyst, parameters=policies.active().parameters, reason=REASON
    )
    url = reverse("scoring:policy_activate", args=[proposed.version])
    answer = client_of(analyst).post(url, follow=True)
    assert "Another person than the author" in text_of(answer)
    assert policies.active().version == 1
    assert AuditEvent.objects.filter(action="policy.activation_refused").exists()


def test_an_earlier_version_is_proposed_anew(
    analyst: Officer, senior: Officer, client_of: ClientOf
) -> None:
    parameters = {**policies.active().parameters, "approval_cut_off_points": 700}
    policies.activate(
        policies.propose(officer=analyst, parameters=parameters, reason=REASON), officer=senior
    )
    response = client_of(analyst).get(reverse("scoring:policy_new") + "?from=1")
    assert response.context["form"]["approval_cut_off_points"].value() == 560
    page = client_of(analyst).get(reverse("scoring:policy_detail", args=[2]))
    (change,) = page.context["changes"]
    assert (change.before, change.after) == ("560", "700")


@pytest.mark.parametrize("version", ["0", "99", "1x", "٣"])
def test_a_strange_version_to_start_from_breaks_nothing(
    version: str, analyst: Officer, client_of: ClientOf
) -> None:
    policies.active()
    response = client_of(analyst).get(reverse("scoring:policy_new"), {"from": version})
    assert response.status_code in {200, 404}


def test_pages_answer_before_anything_was_scored(client_of: ClientOf) -> None:
    client = client_of(OfficerFactory(role=Officer.Role.RISK_ANALYST, branch=None))
    assert client.get(reverse("scoring:policy_list")).status_code == 200
    assert "Nothing to replay yet" in text_of(
        client.get(reverse("scoring:policy_effect", args=[1]))
    )

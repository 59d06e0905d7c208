"""Pages of sign-in, applicants and consent: who sees them, and what they do."""

from collections.abc import Callable

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse

from applicants.models import Applicant, Application, AuditEvent, Officer
from tests.factories import PASSWORD, ApplicantFactory, give_consents

pytestmark = pytest.mark.django_db

ClientOf = Callable[[Officer], Client]

PERSON = {"given_name": "Ada", "family_name": "Example", "date_of_birth": "1985-02-03"}

# (URL name, method, roles that reach it): the other roles get 403.
EVERYONE_BUT_ADMIN = {"officer", "senior", "auditor", "analyst", "data_officer"}
ROUTES = [
    ("applicant_list", None, "get", EVERYONE_BUT_ADMIN),
    ("applicant_new", None, "get", {"officer", "senior"}),
    ("applicant_detail", "applicant", "get", EVERYONE_BUT_ADMIN),
    ("applicant_reveal", "applicant", "post", EVERYONE_BUT_ADMIN),
    ("applicant_edit", "applicant", "get", {"officer", "senior"}),
    ("consent", "applicant", "get", {"officer", "senior", "data_officer"}),
    ("application_detail", "application", "get", EVERYONE_BUT_ADMIN),
]
ROLES = ["officer", "senior", "auditor", "analyst", "data_officer", "admin"]
IDS = [route[0] for route in ROUTES]


def address(name: str, of: str | None, application: Application) -> str:
    keys = {"applicant": application.applicant_id, "application": application.pk}
    return reverse(name, args=[keys[of]] if of else [])


@pytest.mark.parametrize("route", ROUTES, ids=IDS)
def test_a_stranger_is_sent_to_the_sign_in(route: tuple, application: Application) -> None:
    name, of, method, _ = route
    answer = getattr(Client(), method)(address(name, of, application))
    assert answer.status_code == 302
    assert answer.url.startswith(reverse("login"))


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("route", ROUTES, ids=IDS)
def test_a_role_reaches_what_it_may(
    route: tuple,
    role: str,
    application: Application,
    client_of: ClientOf,
    request: pytest.FixtureRequest,
) -> None:
    name, of, method, allowed = route
    client = client_of(request.getfixturevalue(role))
    answer = getattr(client, method)(address(name, of, application))
    assert answer.status_code == (200 if role in allowed else 403)


@pytest.mark.parametrize("route", [route for route in ROUTES if route[1]], ids=IDS[2:])
def test_another_branch_does_not_exist(
    route: tuple,
    application: Application,
    other_branch_officer: Officer,
    client_of: ClientOf,
) -> None:
    name, of, method, _ = route
    answer = getattr(client_of(other_branch_officer), method)(address(name, of, application))
    assert answer.status_code == 404


def test_signing_in_leads_to_the_work_list(officer: Officer) -> None:
    client = Client()
    answer = client.post(reverse("login"), {"username": "officer", "password": PASSWORD})
    assert answer.url == reverse("scoring:home")
    assert client.get(answer.url).url == reverse("scoring:work_list")


def test_an_administrator_lands_in_the_administration(admin: Officer, client_of: ClientOf) -> None:
    assert client_of(admin).get(reverse("scoring:home")).url == reverse("admin:index")


def test_a_wrong_password_is_told_in_words(officer: Officer) -> None:
    answer = Client().post(reverse("login"), {"username": "officer", "password": "wrong"})
    assert "correct username and password" in answer.content.decode()


def test_demo_accounts_are_shown_in_the_demo_only(settings: LazySettings) -> None:
    assert b"data-login" not in Client().get(reverse("login")).content
    settings.DEMO = True
    settings.DEMO_LOGINS = {"officer": "loan officer"}
    settings.DEMO_PASSWORD = "shown-on-purpose"
    assert b'data-login="officer"' in Client().get(reverse("login")).content


def test_signing_out_needs_a_post(officer: Officer, client_of: ClientOf) -> None:
    client = client_of(officer)
    assert client.get(reverse("logout")).status_code == 405
    assert client.post(reverse("logout")).status_code == 302
    assert client.get(reverse("applicant_list")).status_code == 302


def test_personal_data_is_masked_until_it_is_asked_for_on_the_record(
    officer: Officer, client_of: ClientOf
) -> None:
    applicant = ApplicantFactory(branch=officer.branch, email="mira@bank.example", phone="0401234")
    client = client_of(officer)
    page = client.get(reverse("applicant_detail", args=[applicant.pk])).content.decode()
    assert "mira@bank.example" not in page
    assert "0401234" not in page
    shown = client.post(reverse("applicant_reveal", args=[applicant.pk])).content.decode()
    assert "mira@bank.example" in shown
    event = AuditEvent.objects.get(action="applicant.revealed")
    assert (event.actor, event.object_id) == (officer, str(applicant.pk))


def test_a_person_is_registered_in_the_branch_of_the_officer(
    officer: Officer, client_of: ClientOf
) -> None:
    answer = client_of(officer).post(reverse("applicant_new"), PERSON | {"country": "nl"})
    applicant = Applicant.objects.get()
    assert answer.url == reverse("applicant_detail", args=[applicant.pk])
    assert (applicant.display_name, applicant.branch) == ("Ada Example", officer.branch)
    assert applicant.country == "NL"


def test_a_business_is_registered(officer: Officer, client_of: ClientOf) -> None:
    client_of(officer).post(reverse("applicant_new") + "?kind=business", {"name": "Quay Bakery"})
    assert Applicant.objects.get().display_name == "Quay Bakery"


@pytest.mark.parametrize(
    ("born", "sentence"),
    [
        ("2100-01-01", "The date lies in the future."),
        ("2020-01-01", "at least 18 years old"),
        ("1800-01-01", "more than 120 years back"),
    ],
)
def test_an_impossible_date_of_birth_is_told_and_nothing_is_lost(
    born: str, sentence: str, officer: Officer, client_of: ClientOf
) -> None:
    answer = client_of(officer).post(reverse("applicant_new"), PERSON | {"date_of_birth": born})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert sentence in page
    assert 'value="Example"' in page
    assert not Applicant.objects.exists()


def test_a_correction_is_audited_by_the_names_of_its_fields(
    officer: Officer, client_of: ClientOf
) -> None:
    applicant = ApplicantFactory(branch=officer.branch, given_name="Mira", family_name="Sample")
    data = {"given_name": "Mira", "family_name": "Muster", "date_of_birth": "1984-03-09"}
    client_of(officer).post(reverse("applicant_edit", args=[applicant.pk]), data)
    applicant.refresh_from_db()
    assert applicant.family_name == "Muster"
    assert AuditEvent.objects.get(action="applicant.corrected").detail == {
        "fields": ["family_name"]
    }


@pytest.mark.parametrize("text", ["Mira Sample", "sample", "040 12 34", "MIRA@bank.example"])
def test_a_search_with_one_match_opens_it(text: str, officer: Officer, client_of: ClientOf) -> None:
    applicant = ApplicantFactory(
        branch=officer.branch, family_name="Sample", email="mira@bank.example", phone="040-1234"
    )
    answer = client_of(officer).get(reverse("applicant_list"), {"q": text})
    assert answer.url == reverse("applicant_detail", args=[applicant.pk])


def test_the_number_of_an_application_opens_it(
    application: Application, officer: Officer, client_of: ClientOf
) -> None:
    answer = client_of(officer).get(reverse("applicant_list"), {"q": application.number.lower()})
    assert answer.url == reverse("application_detail", args=[application.pk])


def test_a_search_without_match_says_how_to_search(officer: Officer, client_of: ClientOf) -> None:
    page = client_of(officer).get(reverse("applicant_list"), {"q": "nobody"}).content.decode()
    assert "Nobody found" in page


def test_the_same_phone_raises_a_warning(officer: Officer, client_of: ClientOf) -> None:
    first = ApplicantFactory(branch=officer.branch, phone="040-1234", family_name="Earlier")
    second = ApplicantFactory(branch=officer.branch, phone="040 1234")
    page = client_of(officer).get(reverse("applicant_detail", args=[second.pk])).content.decode()
    assert reverse("applicant_detail", args=[first.pk]) in page
    assert "somebody you know already" in page


def test_the_notice_of_emotion_recognition_comes_before_any_box(
    application: Application, officer: Officer, client_of: ClientOf
) -> None:
    url = reverse("consent", args=[application.applicant_id])
    page = client_of(officer).get(url).content.decode()
    assert 0 < page.index("emotion recognition") < page.index('type="checkbox"')
    assert page.count('type="checkbox"') == 4
    assert "checked" not in page


def test_consent_is_recorded_with_text_channel_and_officer(
    application: Application, officer: Officer, client_of: ClientOf
) -> None:
    url = reverse("consent", args=[application.applicant_id])
    data = {"scopes": ["recording", "voice"], "channel": "signed", "language": "en"}
    assert client_of(officer).post(url, data).status_code == 302
    given = application.applicant.consents.order_by("scope")
    assert [each.scope for each in given] == ["recording", "voice"]
    assert {(each.channel, each.given_to, each.text_version) for each in given} == {
        ("signed", officer, "2026-11")
    }


def test_analysis_without_recording_is_refused_in_words(
    application: Application, officer: Officer, client_of: ClientOf
) -> None:
    url = reverse("consent", args=[application.applicant_id])
    data = {"scopes": ["face"], "channel": "signed", "language": "en"}
    answer = client_of(officer).post(url, data)
    assert answer.status_code == 422
    assert "needs consent for the recording" in answer.content.decode()
    assert not application.applicant.consents.exists()


def test_standing_consent_has_no_box(
    application: Application, officer: Officer, client_of: ClientOf
) -> None:
    give_consents(application.applicant, "recording", "face")
    url = reverse("consent", args=[application.applicant_id])
    page = client_of(officer).get(url).content.decode()
    assert page.count('type="checkbox"') == 2


def test_times_are_shown_in_the_zone_of_the_officer(
    application: Application, officer: Officer, client_of: ClientOf
) -> None:
    officer.time_zone = "Asia/Tokyo"
    officer.save()
    url = reverse("application_detail", args=[application.pk])
    page = client_of(officer).get(url).content.decode()
    assert "2 Nov 2026, 18:00 JST" in page


def test_too_many_attempts_pause_the_sign_in(officer: Officer, settings: LazySettings) -> None:
    settings.AXES_ENABLED = True
    wrong = {"username": "officer", "password": "wrong"}
    answers = [Client().post(reverse("login"), wrong) for _ in range(settings.AXES_FAILURE_LIMIT)]
    assert [answer.status_code for answer in answers] == [200] * 4 + [429]
    assert "Sign-in is paused" in answers[-1].content.decode()
    right = {"username": "officer", "password": PASSWORD}
    assert Client().post(reverse("login"), right).status_code == 429


def test_the_navigation_marks_one_entry_only(officer: Officer, client_of: ClientOf) -> None:
    client = client_of(officer)
    for name in ("applicant_list", "applicant_new", "scoring:work_list"):
        page = client.get(reverse(name)).content.decode()
        rail = page[page.index('id="rail"') : page.index("</nav>")]
        assert rail.count('aria-current="page"') == 1, name

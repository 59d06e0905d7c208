"""The pages in a real browser: accessible, within the content policy, and alive under the hand."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect
from pytest_django.live_server_helper import LiveServer

from applicants.models import Applicant, Application, Officer
from scoring.models import ReviewFlag, ScoreRevision
from scoring.services.rescore import rescore
from tests.chromium import chromium
from tests.conftest import LOGIN_BACKEND
from tests.factories import ApplicationFactory, BranchFactory, OfficerFactory, give_consents
from tests.media_processing.views import answered
from tests.scoring import training_stand_ins
from tests.scoring.test_views import hand_over

STANDARDS = {"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]}
PHONE = {"width": 390, "height": 844}

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    with chromium(playwright) as opened:
        yield opened


@pytest.fixture
def senior(db: None) -> Officer:
    return OfficerFactory(username="senior", role="senior_officer", branch=BranchFactory())


@pytest.fixture
def case(senior: Officer, settings: pytest.FixtureRequest) -> Application:
    """A flagged application with a score that moved, handled by a colleague."""
    settings.JURISDICTION = "demo"
    officer = OfficerFactory(branch=senior.branch, first_name="Maren", last_name="Holt")
    case = ApplicationFactory(branch=senior.branch, created_by=officer)
    Applicant.objects.filter(pk=case.applicant_id).update(simulated=True)
    give_consents(case.applicant)
    rescore(case, ScoreRevision.Cause.APPLICATION_CREATED, actor=officer)
    hand_over(case, people=2)
    return case


def signed_in(
    browser: Browser, officer: Officer, server: LiveServer, **options: object
) -> BrowserContext:
    client = Client()
    client.force_login(officer, backend=LOGIN_BACKEND)
    value = client.cookies[settings.SESSION_COOKIE_NAME].value
    context = browser.new_context(base_url=server.url, **options)
    cookie = {"name": settings.SESSION_COOKIE_NAME, "value": value, "url": server.url}
    context.add_cookies([cookie])
    return context


def addresses(case: Application) -> list[str]:
    flag = ReviewFlag.objects.filter(application=case).first()
    return [
        reverse("login"),
        reverse("scoring:work_list") + "?tab=all",
        reverse("applicant_list"),
        reverse("media:networks"),
        reverse("media:model_card", args=["voice_emotion"]),
        reverse("applicant_new"),
        reverse("applicant_detail", args=[case.applicant_id]),
        reverse("consent", args=[case.applicant_id]),
        reverse("application_detail", args=[case.pk]),
        reverse("scoring:application_new", args=[case.applicant_id]),
        reverse("scoring:profile_revise", args=[case.pk]),
        reverse("scoring:application_score", args=[case.pk]),
        reverse("scoring:what_if", args=[case.pk]),
        reverse("scoring:score_points", args=[case.pk]),
        reverse("scoring:bureau_reports", args=[case.pk]),
        reverse("scoring:bureau_import"),
        reverse("scoring:portfolio_runs"),
        reverse("scoring:application_decide", args=[case.pk]),
        reverse("scoring:review_queue"),
        reverse("scoring:flag_detail", args=[flag.pk]),
        *training_stand_ins.addresses(case.created_by),
        *answered.addresses(case),
        "/nowhere/",
    ]


def settle(page: Page) -> None:
    page.wait_for_load_state("networkidle")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_page_is_accessible_and_keeps_the_content_policy(
    theme: str, browser: Browser, senior: Officer, case: Application, live_server: LiveServer
) -> None:
    context = signed_in(browser, senior, live_server, color_scheme=theme)
    page = context.new_page()
    refused: list[str] = []
    page.on("console", lambda m: refused.append(m.text) if "Content Security" in m.text else None)
    page.on("pageerror", lambda error: refused.append(str(error)))
    found = {}
    for address in addresses(case):
        page.goto(address)
        settle(page)
        broken = Axe().run(page, options=STANDARDS).response["violations"]
        found[address] = [(each["id"], each["nodes"][0]["html"]) for each in broken]
    assert {address: each for address, each in found.items() if each} == {}
    assert refused == []
    context.close()


def test_no_page_is_wider_than_a_phone(
    browser: Browser, senior: Officer, case: Application, live_server: LiveServer
) -> None:
    context = signed_in(browser, senior, live_server, viewport=PHONE)
    page = context.new_page()
    wide = {}
    for address in addresses(case):
        page.goto(address)
        settle(page)
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > PHONE["width"]:
            wide[address] = width
    assert wide == {}
    context.close()


@pytest.fixture
def page(
    browser: Browser, senior: Officer, case: Application, live_server: LiveServer
) -> Iterator[Page]:
    context = signed_in(browser, senior, live_server, color_scheme="light")
    yield context.new_page()
    context.close()


def test_a_list_is_walked_with_the_keyboard_alone(page: Page, case: Application) -> None:
    page.goto(reverse("scoring:work_list") + "?tab=all")
    page.keyboard.press("j")
    expect(page.locator("tr.is-cursor")).to_contain_text(case.number)
    page.keyboard.press("Enter")
    page.wait_for_url("**" + reverse("application_detail", args=[case.pk]))
    page.keyboard.press("/")
    expect(page.locator("#global-search")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("?")
    expect(page.locator("#keys-help")).to_be_visible()


def test_a_decided_case_leaves_the_list_without_a_reload(page: Page, case: Application) -> None:
    page.goto(reverse("scoring:work_list") + "?tab=awaiting")
    expect(page.locator("tbody tr")).to_have_count(1)
    Application.objects.filter(pk=case.pk).update(state=Application.State.WITHDRAWN)
    expect(page.locator("tbody tr")).to_have_count(0, timeout=15_000)
    expect(page.locator("#work-tabs [aria-current] .tab-count")).to_have_text("0")


def test_values_that_follow_are_shown_while_typing(page: Page, case: Application) -> None:
    page.goto(reverse("scoring:application_new", args=[case.applicant_id]))
    for name, value in {
        "amount": "12000",
        "term_months": "24",
        "annual_income": "48000",
        "monthly_debt_payments": "600",
    }.items():
        page.fill(f"#id_{name}", value)
    shown = page.locator(".derived-list")
    expect(shown.get_by_text("15 %", exact=True)).to_be_visible()
    expect(shown.get_by_text("27.5 %", exact=True)).to_be_visible()
    expect(shown.get_by_text("0.25 ×", exact=True)).to_be_visible()
    expect(shown.get_by_text("EUR 500", exact=True)).to_be_visible()


def test_the_focus_goes_to_what_is_wrong(page: Page, case: Application) -> None:
    page.goto(reverse("scoring:application_new", args=[case.applicant_id]))
    page.fill("#id_amount", "-1")
    page.get_by_role("button", name="Open and score").click()
    expect(page.locator("#form-errors")).to_be_focused()
    expect(page.locator("#id_amount")).to_have_value("-1")


def test_charts_are_drawn_and_follow_the_theme(page: Page, case: Application) -> None:
    page.goto(reverse("scoring:application_score", args=[case.pk]))
    expect(page.locator(".chart .main-svg").first).to_be_visible()
    text = page.locator("#figure-waterfall").evaluate(
        "() => document.querySelector('[data-chart=figure-waterfall] .ytick text').style.fill"
    )
    page.get_by_role("button", name="Colour theme").click()
    page.get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    page.wait_for_function(
        "before => document.querySelector('[data-chart=figure-waterfall] .ytick text')"
        ".style.fill !== before",
        arg=text,
    )
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")


def test_the_switch_shows_the_decision_without_behaviour(page: Page, case: Application) -> None:
    revision = case.score_revisions.last()
    page.goto(reverse("scoring:application_score", args=[case.pk]))
    preview = page.locator(".card-footer [aria-live] span:visible strong")
    expect(preview).to_have_text(str(revision.final_score))
    page.get_by_label("Without the behavioural part").check()
    expect(preview).to_have_text(str(revision.financial_score))


def test_panels_join_the_page_of_an_application(page: Page, case: Application) -> None:
    page.goto(reverse("application_detail", args=[case.pk]))
    revision = case.score_revisions.last()
    expect(page.locator(".score-number").first).to_have_text(str(revision.financial_score))
    expect(page.get_by_role("heading", name="Sessions")).to_be_visible()


def test_personal_data_is_shown_in_place(page: Page, case: Application) -> None:
    applicant = case.applicant
    page.goto(reverse("applicant_detail", args=[applicant.pk]))
    expect(page.locator("#personal")).not_to_contain_text("1984-03-09")
    page.get_by_role("button", name="Show in full").click()
    expect(page.locator("#personal")).to_contain_text("1984-03-09")


def test_a_slider_moved_by_keys_is_scored_again(
    browser: Browser, senior: Officer, case: Application, live_server: LiveServer
) -> None:
    context = signed_in(browser, senior, live_server, viewport=PHONE)
    page = context.new_page()
    page.goto(reverse("scoring:what_if", args=[case.pk]))
    slider = page.locator("input[type=range][max='100']")
    slider.focus()
    for _step in range(10):
        page.keyboard.press("ArrowRight")
    expect(page.locator("#id_card_utilisation_percent")).to_have_value("35")
    expect(page.locator("#what-if-result")).to_contain_text("35 %")
    context.close()

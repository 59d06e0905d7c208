"""The pages of Risk in a browser: accessible, narrow enough, with charts."""

from datetime import date

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Browser, expect
from pytest_django.live_server_helper import LiveServer

from applicants.models import Applicant, Application, Branch, Officer
from scoring.models import (
    ApplicationDecision,
    BatchJob,
    LoanOutcome,
    MonitoringAlarm,
    MonitoringSettings,
    Policy,
)
from scoring.services import fairness, monitoring
from scoring.services import policy as policies
from tests.creditweb.test_pages_in_browser import (
    PHONE,
    STANDARDS,
    browser,
    settle,
    signed_in,
)
from tests.factories import OfficerFactory
from tests.scoring.services.test_fairness import declare
from tests.scoring.services.test_monitoring import score_some

__all__ = ["browser"]
MONTHS = (date(2026, 8, 1), date(2026, 9, 1), date(2026, 10, 1))
SHIFT = (
    {},
    {"card_utilisation_percent": 55},
    {"card_utilisation_percent": 85, "overdue_payments": 2},
)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture
def watched(branch: Branch, officer: Officer, analyst: Officer) -> Applicant:
    """Three months that drift, outcomes of the first, two groups, a proposal and batches.

    Returns one applicant.
    """
    MonitoringSettings.objects.create(version=2, min_rows=30, reason="Months of a small bank.")
    for month, change in zip(MONTHS, SHIFT, strict=True):
        calm = score_some(branch, officer, month, 24)
        moved = score_some(branch, officer, month, 12, **change)
        for place, application in enumerate(calm + moved):
            declare(application.applicant, officer, "male" if place % 2 else "female")
            if month == MONTHS[0]:
                _decide(application, officer, is_bad=place % 6 == 0)
        monitoring.stability_report(month)
    fairness.fairness_report(MONTHS[-1])
    raised = policies.active().parameters | {"approval_cut_off_points": 600}
    policies.propose(officer=analyst, parameters=raised, reason="Fewer defaults are wanted.")
    _batch(analyst, "done")
    _batch(analyst, "failed", error="The file has no column that is known.")
    return application.applicant


def _batch(analyst: Officer, state: str, **changes: object) -> None:
    BatchJob.objects.create(
        created_by=analyst, name=f"{state}.csv", format="csv", size_bytes=2_000_000, language="en",
        sha256="2" * 64, state=state, rows=40, good=38, bad=2, policy=policies.active(),
        expires_at=timezone.now(), **changes,
    )  # fmt: skip


def _decide(application: Application, officer: Officer, *, is_bad: bool) -> None:
    Application.objects.filter(pk=application.pk).update(state="approved")
    ApplicationDecision.objects.create(
        application=application, revision=application.score_revisions.get(), officer=officer,
        outcome="approved", reason="The income carries it.", is_override=is_bad,
    )  # fmt: skip
    LoanOutcome.objects.create(
        application=application, observed_on=MONTHS[1], is_bad=is_bad, recorded_by=officer,
        source="page",
    )  # fmt: skip


def addresses() -> list[str]:
    alarm = MonitoringAlarm.objects.filter(figure="score_stability").first()
    return [
        reverse("scoring:risk_home"),
        reverse("scoring:monitoring"),
        reverse("scoring:thresholds"),
        reverse("scoring:alarm", args=[alarm.pk]),
        reverse("scoring:fairness"),
        reverse("scoring:policy_list"),
        reverse("scoring:policy_new"),
        *(reverse("scoring:policy_detail", args=[each.version]) for each in Policy.objects.all()),
        reverse("scoring:strategy"),
        reverse("scoring:back_test"),
        reverse("scoring:overrides"),
        reverse("scoring:outcome_list"),
        reverse("scoring:outcome_new", args=[LoanOutcome.objects.first().application_id]),
        reverse("scoring:batches"),
        *(reverse("scoring:batch", args=[each.pk]) for each in BatchJob.objects.all()),
    ]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_pages_are_accessible_and_draw_their_charts(
    theme: str, browser: Browser, analyst: Officer, watched: Applicant, live_server: LiveServer
) -> None:
    context = signed_in(browser, analyst, live_server, color_scheme=theme)
    page = context.new_page()
    refused: list[str] = []
    page.on("console", lambda m: refused.append(m.text) if "Content Security" in m.text else None)
    page.on("pageerror", lambda error: refused.append(str(error)))
    found = {}
    for address in addresses():
        page.goto(address)
        settle(page)
        broken = Axe().run(page, options=STANDARDS).response["violations"]
        found[address] = [(each["id"], each["nodes"][0]["html"]) for each in broken]
    assert {address: each for address, each in found.items() if each} == {}
    assert refused == []
    page.goto(reverse("scoring:monitoring"))
    expect(page.locator("[data-chart] .main-svg").first).to_be_visible()
    assert page.locator("[data-chart] .plot-container").count() == 4
    context.close()


def test_no_page_is_wider_than_a_phone(
    browser: Browser, analyst: Officer, watched: Applicant, live_server: LiveServer
) -> None:
    context = signed_in(browser, analyst, live_server, viewport=PHONE)
    page = context.new_page()
    wide = {}
    for address in addresses():
        page.goto(address)
        settle(page)
        if (width := page.evaluate("document.documentElement.scrollWidth")) > PHONE["width"]:
            wide[address] = width
    assert wide == {}
    context.close()


def test_the_form_of_a_declaration_is_accessible(
    browser: Browser, watched: Applicant, live_server: LiveServer
) -> None:
    lender = OfficerFactory(branch=watched.branch)
    context = signed_in(browser, lender, live_server, viewport=PHONE)
    page = context.new_page()
    page.goto(reverse("scoring:declare_groups", args=[watched.pk]))
    settle(page)
    assert Axe().run(page, options=STANDARDS).response["violations"] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    context.close()

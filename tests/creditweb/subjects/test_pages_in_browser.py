"""The pages of the data officer in a browser: accessible in both themes, and fit for a phone."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from playwright.sync_api import Browser
from pytest_django.live_server_helper import LiveServer

from applicants.models import Applicant, Officer, SubjectRequest
from applicants.services.subject_requests import receive
from creditweb.subjects import exports, rights
from tests.creditweb.test_pages_in_browser import (
    PHONE,
    STANDARDS,
    browser,
    settle,
    signed_in,
)

__all__ = ["browser"]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
]
LOOKS: dict[str, dict[str, object]] = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "phone": {"viewport": PHONE},
}


@pytest.fixture
def asked(few: list[Applicant], data_officer: Officer) -> list[SubjectRequest]:
    """One request of every kind, some done, one copy ready and one being made."""
    person, other, third = few
    copy = receive(person, "export", officer=data_officer, note="All you hold about me, please.")
    exports.make(exports.start(copy, officer=data_officer).pk)
    waiting = receive(other, "export", officer=data_officer)
    exports.start(waiting, officer=data_officer)
    rights.restrict(receive(third, "restrict", officer=data_officer), officer=data_officer)
    rights.object_to_behaviour(receive(third, "object", officer=data_officer), officer=data_officer)
    wrong = receive(person, "rectify", officer=data_officer, note="My income is 51,000.")
    gone = receive(third, "erase", officer=data_officer, note="Please erase me.")
    return [copy, waiting, wrong, gone, *SubjectRequest.objects.filter(state="done")]


def addresses(asked: list[SubjectRequest]) -> list[str]:
    wrong = next(each for each in asked if each.kind == "rectify")
    third = next(each for each in asked if each.kind == "erase").applicant_id
    return [
        reverse("scoring:privacy_home"),
        reverse("subjects:requests"),
        reverse("subjects:requests") + "?tab=all",
        reverse("subjects:subject", args=[third]),
        *(reverse("subjects:request", args=[each.pk]) for each in asked),
        reverse("subjects:correct", args=[wrong.pk]),
        reverse("subjects:data"),
        reverse("subjects:access"),
        reverse("applicant_detail", args=[third]),
    ]


def test_the_pages_are_accessible_in_both_themes_and_narrow_enough(
    browser: Browser, data_officer: Officer, asked: list[SubjectRequest], live_server: LiveServer
) -> None:
    found: dict[str, object] = {}
    for look, options in LOOKS.items():
        context = signed_in(browser, data_officer, live_server, **options)
        page = context.new_page()
        page.on("pageerror", lambda error: found.update({"script": str(error)}))
        for address in addresses(asked):
            page.goto(address)
            settle(page)
            broken = Axe().run(page, options=STANDARDS).response["violations"]
            if broken:
                found[f"{look} {address}"] = [(b["id"], b["nodes"][0]["html"]) for b in broken]
            width = page.evaluate("document.documentElement.scrollWidth")
            if look == "phone" and width > PHONE["width"]:
                found[f"wide {address}"] = width
        context.close()
    assert found == {}

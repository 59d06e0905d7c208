"""What an officer does before a recording: applicant, consent, application, session."""

import re

from playwright.sync_api import Page, expect


def start_case(page: Page) -> None:
    """Go from a new applicant who agrees to everything to an empty session."""
    register_applicant(page)
    page.get_by_role("link", name="Consent", exact=True).click()
    give_consent(page)
    open_application(page)
    open_session(page)


def register_applicant(page: Page) -> None:
    page.goto("/applicants/new/")
    page.fill("[name=given_name]", "Noor")
    page.fill("[name=family_name]", "Veld")
    page.fill("[name=date_of_birth]", "1988-04-12")
    page.locator("main form button.btn-primary").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Noor Veld")


def give_consent(page: Page) -> None:
    """Agree to everything on the page of the consents."""
    for scope in ("recording", "face", "voice", "gait"):
        page.check(f"#id_scopes_{scope}")
    page.get_by_role("button", name="Record consent").click()
    expect(page.get_by_text("Consent recorded.")).to_be_visible()


def open_application(page: Page) -> None:
    page.get_by_role("link", name="New application").click()
    answers = {
        "amount": "12000", "term_months": "36", "annual_income": "48000",
        "monthly_debt_payments": "600", "employment_years": "5", "credit_history_years": "7",
        "overdue_payments": "0", "card_utilisation_percent": "25", "total_assets": "60000",
        "total_liabilities": "20000", "open_accounts": "4", "recent_enquiries": "1",
    }  # fmt: skip
    for name, value in answers.items():
        page.locator(f"[name$={name}]").first.fill(value)
    page.locator("main form button.btn-primary").last.click()
    page.wait_for_url(re.compile(r"/applications/[0-9a-f-]{36}/"))


def open_session(page: Page) -> None:
    page.get_by_role("button", name="New session").click()
    page.wait_for_url(re.compile(r"/sessions/[0-9a-f-]{36}/"))

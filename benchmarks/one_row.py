"""One row through the API, by itself and as a new application, in the server's own time."""

import math
import time
from collections.abc import Callable, Iterator

from django.urls import reverse
from rest_framework.test import APIClient

from applicants.models import Applicant, Officer
from applicants.services import tokens
from benchmarks.figure import Figure
from tests.factories import ApplicantFactory, OfficerFactory

REQUESTS, WARM_UP = 200, 20
LIMIT_S = 0.020
FINANCIALS = {
    "annual_income": 48_000, "monthly_debt_payments": 600, "employment_years": 5,
    "income_stable": True, "credit_history_years": 7, "overdue_payments": 0,
    "card_utilisation_percent": 25, "total_assets": 60_000, "total_liabilities": 20_000,
    "open_accounts": 4, "recent_enquiries": 1,
}  # fmt: skip


def figures() -> Iterator[Figure]:
    applicant = ApplicantFactory()
    yield from _percentiles("one row scored through the API", scoring_a_row())
    opening = posting(_signed_in(applicant.created_by), applicant)
    yield from _percentiles("one application opened and scored through the API", opening)


def _percentiles(name: str, request: Callable[[], None]) -> Iterator[Figure]:
    for _ in range(WARM_UP):
        request()
    wall, core = zip(*(_timed(request) for _ in range(REQUESTS)), strict=True)
    yield Figure(f"{name}, p95", percentile(wall, 0.95), "s", "limit of 20 ms", LIMIT_S, "below 1")
    yield Figure(
        f"{name}, p95 of the web process's core time", percentile(core, 0.95), "s",
        "limit of 20 ms", LIMIT_S, "below 1, whatever else the machine does",
    )  # fmt: skip


def _signed_in(officer: Officer) -> APIClient:
    """Return a client that sends a token with each request, as a bank's own software does."""
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {tokens.issue(officer)}")
    return client


def scoring_a_row() -> Callable[[], None]:
    """Return a request that scores one row and keeps nothing of it."""
    client = _signed_in(OfficerFactory(role=Officer.Role.SENIOR_OFFICER))
    url, row = reverse("api_row_score"), {**FINANCIALS, "amount": 12_000, "term_months": 36}

    def request() -> None:
        answer = client.post(url, row, format="json")
        if answer.status_code != 200:
            raise RuntimeError(f"no score: {answer.status_code} {answer.content!r}")

    return request


def posting(client: APIClient, applicant: Applicant) -> Callable[[], None]:
    """Return a request that opens an application and reads its first score."""
    url = reverse("api_applications")
    loan = {"applicant": str(applicant.pk), "amount": 12_000, "currency": "EUR", "term_months": 36}
    content = {**loan, "purpose": "car", "financials": FINANCIALS}

    def request() -> None:
        answer = client.post(url, content, format="json")
        if answer.status_code != 201 or answer.data["score"] is None:
            raise RuntimeError(f"no score: {answer.status_code} {answer.content!r}")

    return request


def _timed(action: Callable[[], None]) -> tuple[float, float]:
    wall, core = time.perf_counter(), time.process_time()
    action()
    return time.perf_counter() - wall, time.process_time() - core


def percentile(values: tuple[float, ...], share: float) -> float:
    """Return the smallest value that at least ``share`` of the values do not exceed."""
    return sorted(values)[math.ceil(share * len(values)) - 1]

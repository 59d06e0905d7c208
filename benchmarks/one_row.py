"""One applicant through the API: a new application with its score, in the server's own time."""

import math
import time
from collections.abc import Callable, Iterator

from django.urls import reverse
from rest_framework.test import APIClient

from applicants.models import Applicant
from benchmarks.figure import Figure
from tests.factories import ApplicantFactory

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
    client = APIClient()
    client.force_authenticate(applicant.created_by)
    request = posting(client, applicant)
    for _ in range(WARM_UP):
        request()
    wall, core = zip(*(_timed(request) for _ in range(REQUESTS)), strict=True)
    yield Figure(
        "one row through the API, p95", percentile(wall, 0.95), "s", "limit of 20 ms", LIMIT_S,
        "below 1",
    )  # fmt: skip
    yield Figure(
        "one row through the API, p95 of the web process's core time", percentile(core, 0.95), "s",
        "limit of 20 ms", LIMIT_S, "below 1, whatever else the machine does",
    )  # fmt: skip


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

"""First loads of the pages of risk, with a hundred thousand scored applications."""

from collections.abc import Callable, Iterator

from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from applicants.models import Officer
from benchmarks.book_rows import ROWS, make_book
from benchmarks.figure import Figure, median_s
from scoring.services import monitoring
from tests.conftest import LOGIN_BACKEND

LIMIT_S = 2.0
REPEATS = 3
PAGES = {"cut-off strategy": "scoring:strategy", "back-test": "scoring:back_test"}


def figures() -> Iterator[Figure]:
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
    analyst = make_book()
    client = Client()
    client.force_login(analyst, backend=LOGIN_BACKEND)
    for name, page in PAGES.items():
        yield _first_load(f"the page {name}", _loading(client, reverse(page)))
    yield _first_load("a monitoring report", lambda: _report(analyst))


def _first_load(name: str, action: Callable[[], object]) -> Figure:
    def without_what_was_kept() -> None:
        cache.clear()
        action()

    took = median_s(without_what_was_kept, repeats=REPEATS)
    return Figure(
        f"{name}, {ROWS} applications, nothing kept", took, "s", "limit of 2 s", LIMIT_S, "below 1"
    )


def _loading(client: Client, url: str) -> Callable[[], None]:
    def load() -> None:
        answer = client.get(url)
        if answer.status_code != 200:
            raise RuntimeError(f"{url}: {answer.status_code}")

    return load


def _report(analyst: Officer) -> None:
    monitoring.stability_report(timezone.localdate().replace(day=1), actor=analyst)

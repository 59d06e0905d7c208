"""What everybody may read of the state of the site."""

from collections.abc import Callable

import pytest
from django.test import Client

from creditweb import health


def _ok() -> None:
    """Answer as a part that works."""


def _broken() -> None:
    raise OSError("connection to server at 10.1.2.3 failed: /srv/creditweb/secret.sock")


@pytest.mark.parametrize(
    ("check", "state", "status"), [(_ok, "ok", 200), (_broken, "not ready", 503)]
)
def test_the_answer_names_the_part_and_no_address_or_path(
    monkeypatch: pytest.MonkeyPatch, check: Callable[[], None], state: str, status: int
) -> None:
    monkeypatch.setattr(health, "CHECKS", {"postgres": _ok, "redis": check})
    answer = Client().get("/readyz")
    assert answer.status_code == status
    assert answer.json() == {"ready": status == 200, "parts": {"postgres": "ok", "redis": state}}


class _Workers:
    """Stands for workers that serve these queues, a set each."""

    def __init__(self, *workers: set[str]) -> None:
        self._workers = workers

    def inspect(self, **_options: float) -> "_Workers":
        return self

    def active_queues(self) -> dict[str, list[dict[str, str]]] | None:
        return {
            f"worker{number}@host": [{"name": name} for name in sorted(queues)]
            for number, queues in enumerate(self._workers)
        } or None


@pytest.mark.parametrize(
    ("workers", "state", "status"),
    [
        ([{"media"}, {"live"}, {"scoring"}], "ok", 200),
        ([{"media", "live", "scoring"}], "ok", 200),
        ([{"media"}, {"scoring"}], "degraded", 200),
        ([{"live"}, {"scoring"}], "not ready", 503),
        ([{"media", "live"}], "not ready", 503),
        ([], "not ready", 503),
    ],
)
def test_without_a_live_worker_the_site_goes_on(
    monkeypatch: pytest.MonkeyPatch, workers: list[set[str]], state: str, status: int
) -> None:
    monkeypatch.setattr(health, "CHECKS", {"workers": health.CHECKS["workers"]})
    monkeypatch.setattr(health.app, "control", _Workers(*workers))
    answer = Client().get("/readyz")
    assert (answer.status_code, answer.json()["parts"]) == (status, {"workers": state})

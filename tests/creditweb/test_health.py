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

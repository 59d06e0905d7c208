"""Readers of the environment refuse what makes no sense."""

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from creditweb import env


def test_a_secret_can_come_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("from a file\n")
    monkeypatch.setenv("THING_FILE", str(tmp_path / "secret"))
    assert env.text("THING") == "from a file"


@pytest.mark.parametrize(
    ("reader", "value"),
    [
        (lambda: env.integer("THING", 1), "many"),
        (lambda: env.choice("THING", ("a", "b"), "a"), "c"),
        (lambda: env.key("THING"), "c2hvcnQ="),
        (lambda: env.key("THING"), "no base64!"),
        (lambda: env.postgres("THING"), "mysql://localhost/x"),
    ],
)
def test_nonsense_stops_the_start(monkeypatch: pytest.MonkeyPatch, reader, value: str) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setenv("THING", value)
    with pytest.raises(ImproperlyConfigured, match="THING"):
        reader()


def test_a_missing_value_is_named() -> None:
    with pytest.raises(ImproperlyConfigured, match="Set NOT_THERE"):
        env.text("NOT_THERE")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql://u:p%40ss@db:5433/name", ("name", "u", "p@ss", "db", "5433")),
        ("postgresql://postgres:@/name?host=/run/pg", ("name", "postgres", "", "/run/pg", "")),
    ],
)
def test_postgres_urls(
    monkeypatch: pytest.MonkeyPatch, url: str, expected: tuple[str, ...]
) -> None:
    monkeypatch.setenv("THING", url)
    settings = env.postgres("THING")
    names = ("NAME", "USER", "PASSWORD", "HOST", "PORT")
    assert tuple(settings[name] for name in names) == expected

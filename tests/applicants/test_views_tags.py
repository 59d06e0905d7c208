"""How templates write numbers, names and times."""

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from applicants.masking import masked_email, masked_ending
from applicants.templatetags import ui


@pytest.mark.parametrize(
    ("points", "decimals", "text"),
    [(12, 0, "+12"), (-8, 0, "−8"), (0, 0, "0"), (-0.001, 2, "0.00"), (0.1, 2, "+0.10")],
)
def test_a_change_has_its_sign(points: float, decimals: int, text: str) -> None:
    assert ui.signed(points, decimals) == text


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (Decimal("12500.00"), "EUR\u00a012,500"),
        (Decimal("0.50"), "EUR\u00a00.50"),
        (Decimal("-3"), "EUR\u00a0−3"),
        (None, "–"),
    ],
)
def test_an_amount_names_its_currency(amount: Decimal | None, text: str) -> None:
    assert ui.money(amount, "EUR") == text


def test_a_share_is_written_in_percent() -> None:
    assert ui.percent(0.0712) == "7.1\u00a0%"
    assert ui.percent(0.999, 0) == "100\u00a0%"
    assert ui.percent(None) == "–"


@pytest.mark.parametrize(
    ("name", "letters"), [("Ada Lovelace", "AL"), ("ada", "A"), ("A. B. Cee", "AC"), ("", "")]
)
def test_initials(name: str, letters: str) -> None:
    assert ui.initials(name) == letters


def test_a_time_names_its_zone() -> None:
    at = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
    with timezone.override(ZoneInfo("Asia/Tokyo")):
        assert ">2 Nov 2026, 18:00 JST<" in ui.moment(at)
        assert 'datetime="2026-11-02T09:00:00+00:00"' in ui.moment(at)
    assert ui.moment(None) == "–"


@pytest.mark.parametrize(
    ("value", "masked"), [("mira@bank.example", "m•••@•••.example"), ("", ""), (None, "")]
)
def test_an_address_is_masked(value: str | None, masked: str) -> None:
    assert masked_email(value) == masked


@pytest.mark.parametrize(("value", "masked"), [("0401234", "••• 34"), (None, "")])
def test_a_number_shows_its_end_only(value: str | None, masked: str) -> None:
    assert masked_ending(value) == masked

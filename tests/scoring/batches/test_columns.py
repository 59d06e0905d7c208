import pytest

from scoring.batches.columns import FACTORS, MISSING_WORDS, parse_factor, reference_fault
from scoring.engine.factor_columns import FACTORS as ENGINE_FACTORS
from scoring.engine.factor_columns import MISSING


def test_the_columns_are_the_factors_of_the_engine() -> None:
    assert set(FACTORS) == set(ENGINE_FACTORS)


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("annual_income", "48000", 4_800_000),
        ("annual_income", " 48000.5 ", 4_800_050),
        ("annual_income", "4.8e4", 4_800_000),
        ("annual_income", "0.005", 1),
        ("annual_income", "1e-400", 0),
        ("annual_income", "99999999999999.99", 9_999_999_999_999_999),
        ("overdue_payments", "3", 300),
        ("overdue_payments", "3.0", 300),
        ("card_utilisation_percent", "100", 10_000),
        ("income_stable", "True", 100),
        ("income_stable", "no", 0),
        ("income_stable", "1.0", 100),
        ("term_months", "480", 48_000),
    ],
)
def test_a_value_in_hundredths(name: str, text: str, expected: int) -> None:
    parsed = parse_factor(name, [text])
    assert parsed.hundredths == [expected]
    assert parsed.faults == {}


@pytest.mark.parametrize("word", sorted(MISSING_WORDS))
@pytest.mark.parametrize("name", ["annual_income", "income_stable", "open_accounts"])
def test_an_empty_value_is_missing(name: str, word: str) -> None:
    parsed = parse_factor(name, [word, word.upper()])
    assert parsed.hundredths == [MISSING, MISSING]
    assert parsed.faults == {}


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("annual_income", "much", "“much” is not a number"),
        ("annual_income", "1,234.50", "without a comma"),
        ("annual_income", "1_000", "is not a number"),
        ("annual_income", "-1", "-1 is not between 0 and 99999999999999.99"),
        ("annual_income", "1e400", "is not between"),
        ("annual_income", "Infinity", "is not a number"),
        ("annual_income", "9" * 5000, "longer than 40 characters"),
        ("annual_income", "a\0b", "is not a number"),
        ("amount", "0", "0 is not between 1 and 999999999999.99"),
        ("term_months", "481", "481 is not between 1 and 480"),
        ("overdue_payments", "1.5", "1.5 is not a whole number"),
        ("open_accounts", "1001", "1001 is not between 0 and 1000"),
        ("card_utilisation_percent", "100.01", "100.01 is not between 0 and 100"),
        ("employment_years", "81", "81 is not between 0 and 80"),
        ("income_stable", "perhaps", "“perhaps” is neither true nor false"),
        ("income_stable", "2", "“2” is neither true nor false"),
    ],
    ids=lambda value: str(value)[:12],
)
def test_a_wrong_value_is_told_by_its_place(name: str, text: str, told: str) -> None:
    parsed = parse_factor(name, ["1", text, "1"])
    assert parsed.hundredths == [100, MISSING, 100]
    assert list(parsed.faults) == [1]
    assert told in parsed.faults[1]
    assert parsed.faults[1].isprintable()


def test_a_reference_is_short_and_printable() -> None:
    assert reference_fault("客户 1") == ""
    assert "100" in reference_fault("x" * 101)
    assert reference_fault("a\0b")

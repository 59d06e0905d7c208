"""One row by itself is a batch of one: the same values in, the same score or refusal out."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.batches.columns import FACTORS, IS_BUSINESS
from scoring.batches.one_row import RowError, read_row, score_row
from scoring.batches.scored import REFUSED_COLUMNS, RESULT_COLUMNS, score_piece
from scoring.engine.artifacts import load_estimators, load_reference_sessions
from scoring.engine.factor_columns import MISSING, factor_columns
from scoring.engine.policy import start_policy
from scoring.paths import ARTIFACTS_DIR
from scoring.wording import said
from tests.scoring.batches.files import GOOD_ROW, csv_file, table

ESTIMATORS = load_estimators(ARTIFACTS_DIR)
POLICY = start_policy("other", load_reference_sessions(ARTIFACTS_DIR))
YES_NO = {"income_stable", "real_estate_backed", IS_BUSINESS}
WHOLE = {"overdue_payments", "open_accounts", "recent_enquiries", "term_months", "employees",
         "jobs_created"}  # fmt: skip
# What each factor takes, and what some of them refuse.
COUNTS = st.one_of(st.integers(1, 50), st.just(7.0))
AMOUNTS = COUNTS | st.decimals(1, 50, places=2).map(float)
OTHERS = st.one_of(
    st.integers(-2, 10**9), st.decimals(0, 10**6, places=2).map(float), st.just(1e400),
    st.just("1,5"), st.just(10**40), st.booleans(),
)  # fmt: skip
EMPTY = st.sampled_from([None, "", "n/a"])


def rows(others: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    def fitting(name: str) -> st.SearchStrategy[Any]:
        numbers = COUNTS if name in WHOLE else AMOUNTS
        return st.booleans() if name in YES_NO else numbers

    values = {name: EMPTY | fitting(name) | others for name in FACTORS}
    return st.fixed_dictionaries({}, optional=values).filter(bool)


ROWS = rows(st.nothing()) | rows(OTHERS)


def in_a_batch(row: dict[str, Any]) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """Return the lines of the result and of the refused rows of a file with this row alone."""
    texts = {name: "" if value is None else str(value) for name, value in row.items()}
    _header, line = csv_file(dict.fromkeys(GOOD_ROW, "") | texts).decode().splitlines()
    scored = score_piece(
        f"{line}\n", columns=("reference", *FACTORS), delimiter=",", first_row=2,
        estimators=ESTIMATORS, policy=POLICY,
    )  # fmt: skip

    def read(names: tuple[str, ...], text: str) -> list[dict[str, str]]:
        return table(f"{','.join(names)}\n{text}".encode())

    return read(RESULT_COLUMNS, scored.result), read(REFUSED_COLUMNS, scored.refused)


@given(ROWS)
def test_it_has_the_score_or_the_refusal_of_a_batch_with_this_row(row: dict[str, Any]) -> None:
    result, refused = in_a_batch(row)
    try:
        read = read_row(row)
    except RowError as error:
        assert error.faults == {each["column"]: each["reason"] for each in refused}
        assert not result
        return
    assert not refused
    (line,) = result
    scored = score_row(read.factors, ESTIMATORS, POLICY)
    told = [(reason.code, said(reason)) for reason in scored.reasons]
    assert line["financial_score"] == str(scored.financial.score_points)
    assert (line["credit_class"], line["band"]) == (scored.credit_class, scored.band)
    assert line["probability_of_default"] == str(scored.financial.probability_of_default)
    assert line["estimator"] == scored.financial.estimator
    assert line["missing"].split() == list(scored.financial.missing)
    codes_and_texts = [(line[f"reason_{n}_code"], line[f"reason_{n}_text"]) for n in range(1, 5)]
    assert [each for each in codes_and_texts if each[0]] == told


@given(rows(st.nothing()))
def test_its_factors_are_to_the_hundredth_what_was_sent(row: dict[str, Any]) -> None:
    columns = factor_columns([read_row(row).factors])
    for name in FACTORS:
        sent = row.get(name)
        not_given = 0 if name == IS_BUSINESS else MISSING
        expected = not_given if sent in {None, "", "n/a"} else round(100 * sent)
        assert columns[name].tolist() == [expected], name


def test_every_wrong_value_is_named() -> None:
    row = {"annual_income": -1, "open_accounts": 2.5, "income_stable": "maybe", "reference": "\0",
           "employees": [1], "colour": "red"}  # fmt: skip
    with pytest.raises(RowError) as refusal:
        read_row(row)
    assert set(refusal.value.faults) == set(row)


@pytest.mark.parametrize("row", [{}, {"reference": "R1"}])
def test_a_row_without_any_factor_is_refused_as_a_file_without_a_known_column(
    row: dict[str, Any],
) -> None:
    with pytest.raises(RowError, match="at least one factor"):
        read_row(row)


def test_the_kind_of_the_applicant_says_whether_it_is_a_business() -> None:
    assert read_row({"kind": "business", "employees": 3}).factors.is_business
    assert not read_row({"kind": "person", "amount": 3}).factors.is_business
    for wrong in ({"kind": "ship"}, {"kind": "business", "is_business": False}):
        with pytest.raises(RowError) as refusal:
            read_row(wrong | {"amount": 3})
        assert set(refusal.value.faults) == {"kind"}

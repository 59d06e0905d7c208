"""German credit: twenty attributes, what their codes really mean, and checking what is sent.

Names are those of the first system's REST interface, in the order of Statlog (Hofmann 1994). The
published table of codes is wrong in many places; the wording here is that of the corrected table
(Grömping 2019, *South German Credit Data: Correcting a Widely Used Data Set*).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

MAX_ROWS = 10_000
MAX_PROBLEMS = 20
LONGEST_SHOWN = 24
GOOD, BAD = 1, 2

Value = str | float


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute: a code, or a whole number from ``low`` to ``high``.

    ``meanings`` says each code, or each number where numbers stand for something. A ``protected``
    attribute is checked, and never scored.
    """

    number: int
    name: str
    label: str
    meanings: Mapping[str, str] = field(default_factory=dict)
    low: int = 0
    high: int = 0
    unit: str = ""
    is_protected: bool = False

    @property
    def is_code(self) -> bool:
        """Tell whether values are codes as A11."""
        return self.high == 0

    def wording(self, value: Value) -> str:
        """Return what a checked value means, in corrected words."""
        text = value if isinstance(value, str) else f"{value:.0f}"
        return self.meanings.get(text) or f"{text} {self.unit}".strip()


def _coded(number: int, name: str, label: str, first: int, *meanings: str) -> Attribute:
    codes = {f"A{first + place}": meaning for place, meaning in enumerate(meanings)}
    return Attribute(number, name, label, codes)


def _graded(number: int, name: str, label: str, *meanings: str) -> Attribute:
    grades = {str(grade): meaning for grade, meaning in enumerate(meanings, start=1)}
    return Attribute(number, name, label, grades, low=1, high=len(meanings))


_PURPOSES = {
    "A40": "other purposes", "A41": "new car", "A42": "used car",
    "A43": "furniture or equipment", "A44": "radio or television", "A45": "household appliances",
    "A46": "repairs", "A47": "education", "A48": "vacation", "A49": "retraining",
    "A410": "business",
}  # fmt: skip

ATTRIBUTES: tuple[Attribute, ...] = (
    _coded(1, "existingchecking", "Checking account", 11, "no checking account", "below 0 DM",
           "0 to 200 DM", "200 DM or more, or salary account"),
    Attribute(2, "duration", "Duration of the loan", low=1, high=600, unit="months"),
    _coded(3, "credithistory", "Credit history", 30, "delay in paying off in the past",
           "critical account, or credits elsewhere", "no credits taken, or all paid back duly",
           "existing credits paid back duly till now", "all credits at this bank paid back duly"),
    Attribute(4, "purpose", "Purpose", _PURPOSES),
    Attribute(5, "creditamount", "Amount of the loan", low=1, high=100_000_000, unit="DM"),
    _coded(6, "savings", "Savings", 61, "unknown, or no savings account", "below 100 DM",
           "100 to 500 DM", "500 to 1000 DM", "1000 DM or more"),
    _coded(7, "employmentsince", "Present employment", 71, "unemployed", "less than 1 year",
           "1 to 4 years", "4 to 7 years", "7 years or more"),
    _graded(8, "installmentrate", "Instalment, share of disposable income", "35 % or more",
            "25 to 35 %", "20 to 25 %", "less than 20 %"),
    Attribute(9, "statussex", "Marital state and sex", {
        "A91": "male, divorced or separated", "A92": "female non-single, or male single",
        "A93": "male, married or widowed", "A94": "female single", "A95": "not in the data",
    }, is_protected=True),
    _coded(10, "otherdebtors", "Other debtors or guarantors", 101, "none", "co-applicant",
           "guarantor"),
    _graded(11, "residencesince", "Present residence", "less than 1 year", "1 to 4 years",
            "4 to 7 years", "7 years or more"),
    _coded(12, "property", "Most valuable property", 121, "unknown, or none", "car or other",
           "building society savings or life insurance", "real estate"),
    Attribute(13, "age", "Age", low=18, high=120, unit="years", is_protected=True),
    _coded(14, "otherinstallmentplans", "Other instalment plans", 141, "at a bank", "at stores",
           "none"),
    _coded(15, "housing", "Housing", 151, "for free", "rented", "owned"),
    _graded(16, "existingcredits", "Credits at this bank", "1", "2 or 3", "4 or 5", "6 or more"),
    _coded(17, "job", "Job", 171, "unemployed, or unskilled non-resident", "unskilled resident",
           "skilled employee or official", "manager, self-employed or highly qualified"),
    _graded(18, "peopleliable", "People to maintain", "0 to 2", "3 or more"),
    _coded(19, "telephone", "Telephone", 191, "no", "yes, in the customer's name"),
    Attribute(20, "foreignworker", "Foreign worker", {"A201": "no", "A202": "yes"},
              is_protected=True),
)  # fmt: skip
BY_NAME: Mapping[str, Attribute] = {each.name: each for each in ATTRIBUTES}
SCORED: tuple[Attribute, ...] = tuple(each for each in ATTRIBUTES if not each.is_protected)
PROTECTED: tuple[Attribute, ...] = tuple(each for each in ATTRIBUTES if each.is_protected)


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one field of one row; rows count from 1, the whole row has no field."""

    row: int
    field: str
    message: str


class RowsError(Exception):
    """Rows that cannot be scored. ``code`` is ``too_many_rows`` or ``invalid``."""

    def __init__(self, code: str, message: str, problems: Sequence[Problem] = ()) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.problems = tuple(problems)


def checked_rows(content: Any) -> list[dict[str, Value]]:
    """Return every row with its twenty values: codes as text, numbers as float.

    Fields beyond the twenty are not read. Raises RowsError, which names rows and fields.
    """
    if not isinstance(content, list):
        raise RowsError("invalid", "Send a list of applications: [{…}, {…}].")
    if len(content) > MAX_ROWS:
        message = f"At most {MAX_ROWS:,} applications at once; this list has {len(content):,}."
        raise RowsError("too_many_rows", message)
    problems: list[Problem] = []
    rows = []
    for number, row in enumerate(content, start=1):
        rows.append(_checked_row(number, row, problems))
        if len(problems) >= MAX_PROBLEMS:
            break
    if problems:
        first = problems[0]
        place = f"Row {first.row}, {first.field}" if first.field else f"Row {first.row}"
        raise RowsError("invalid", f"{place}: {first.message}", problems)
    return rows


def _checked_row(number: int, row: Any, problems: list[Problem]) -> dict[str, Value]:
    if not isinstance(row, dict):
        problems.append(Problem(number, "", "an application is an object of names and values."))
        return {}
    values: dict[str, Value] = {}
    for attribute in ATTRIBUTES:
        try:
            values[attribute.name] = checked_value(attribute, row.get(attribute.name))
        except ValueError as error:
            problems.append(Problem(number, attribute.name, str(error)))
    return values


def checked_value(attribute: Attribute, value: Any) -> Value:
    """Return a code as text or a number as float. Raises ValueError, said in a sentence."""
    if value is None or value == "":
        raise ValueError("is missing.")
    if attribute.is_code:
        return _checked_code(attribute, value)
    return _checked_number(attribute, value)


def _checked_code(attribute: Attribute, value: Any) -> str:
    codes = attribute.meanings
    allowed = ", ".join(codes)
    if not isinstance(value, str):
        raise ValueError(f"is a code, as text: one of {allowed}.")
    if value.strip() not in codes:
        raise ValueError(f"“{_shown(value)}” is not a code of it; they are {allowed}.")
    return value.strip()


def _checked_number(attribute: Attribute, value: Any) -> float:
    wanted = f"is a whole number from {attribute.low} to {attribute.high:,}"
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError(f"{wanted}.")
    if isinstance(value, str) and not value.strip().isdecimal():
        raise ValueError(f"{wanted}, not “{_shown(value)}”.")
    try:
        number = float(value)
    except OverflowError as error:
        raise ValueError(f"{wanted}.") from error
    if not number.is_integer() or not attribute.low <= number <= attribute.high:
        raise ValueError(f"{wanted}, not {_shown(str(value))}.")
    return number


def _shown(text: str) -> str:
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"

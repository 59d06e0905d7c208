"""The columns of a batch file, and what each may hold: the limits of the application form.

A wrong value refuses its row with a sentence; an empty one is missing and is scored as such.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext as _

from applicants.models import Application, FinancialProfile
from scoring.engine.factor_columns import HUNDRED, MISSING

REFERENCE = "reference"
LOAN = ("amount", "term_months")
IS_BUSINESS = "is_business"
PERSONAL_FACTORS = (*FinancialProfile.FACTORS, *LOAN)
FACTORS = (*PERSONAL_FACTORS, IS_BUSINESS, *FinancialProfile.BUSINESS_FACTORS)
COLUMNS = (*FACTORS, REFERENCE)

MISSING_WORDS = frozenset({"", "na", "n/a", "nan", "null", "none", "nil", "-"})
YES_NO = {"true": 1, "yes": 1, "1": 1, "1.0": 1, "false": 0, "no": 0, "0": 0, "0.0": 0}
MAX_VALUE_CHARACTERS = 40
MAX_REFERENCE_CHARACTERS = 100
CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Parsed:
    """A column in hundredths, ``MISSING`` where nothing was given or where it is wrong.

    ``faults`` tells, by place, what is wrong.
    """

    hundredths: list[int]
    faults: dict[int, str]


def parse_factor(name: str, cells: Iterable[str]) -> Parsed:
    """Read one column of texts, each distinct text once."""
    read = _reader(name)
    known: dict[str, int | str] = {}
    hundredths, faults = [], {}
    for place, cell in enumerate(cells):
        if cell not in known:
            known[cell] = read(cell.strip())
        value = known[cell]
        if isinstance(value, str):
            faults[place] = value
            value = MISSING
        hundredths.append(value)
    return Parsed(hundredths, faults)


def reference_fault(text: str) -> str:
    """Return what is wrong with a reference, or an empty text."""
    if len(text) > MAX_REFERENCE_CHARACTERS:
        return _("is longer than %(limit)d characters") % {"limit": MAX_REFERENCE_CHARACTERS}
    return "" if text.isprintable() else _("holds characters that cannot be printed")


def _reader(name: str) -> Callable[[str], int | str]:
    if name == IS_BUSINESS:
        return _yes_or_no
    model = Application if name in LOAN else FinancialProfile
    field = model._meta.get_field(name)
    if isinstance(field, models.BooleanField):
        return _yes_or_no
    return _Number.of(field).read


def _yes_or_no(text: str) -> int | str:
    word = text.lower()
    if word in MISSING_WORDS:
        return MISSING
    if word in YES_NO:
        return HUNDRED * YES_NO[word]
    return _("“%(value)s” is neither true nor false") % {"value": shown(text)}


@dataclass(frozen=True, slots=True)
class _Number:
    """A number between two limits; a whole one where the form asks for a count."""

    lowest: Decimal
    highest: Decimal
    is_whole: bool

    @classmethod
    def of(cls, field: models.Field) -> "_Number":  # type: ignore[type-arg]
        limits = {
            kind: [Decimal(each.limit_value) for each in field.validators if isinstance(each, kind)]
            for kind in (MinValueValidator, MaxValueValidator)
        }
        highest = limits[MaxValueValidator]
        if isinstance(field, models.DecimalField):
            highest = [*highest, 10 ** (field.max_digits - field.decimal_places) - CENT]
        return cls(
            lowest=max([Decimal(0), *limits[MinValueValidator]]),
            highest=min(highest),
            is_whole=not isinstance(field, models.DecimalField),
        )

    def read(self, text: str) -> int | str:
        """Return the number in hundredths, ``MISSING``, or what is wrong with the text."""
        if text.lower() in MISSING_WORDS:
            return MISSING
        if len(text) > MAX_VALUE_CHARACTERS:
            return _("is longer than %(limit)d characters") % {"limit": MAX_VALUE_CHARACTERS}
        try:
            value = Decimal(text)
        except InvalidOperation:
            value = Decimal("nan")
        if not value.is_finite() or "_" in text:
            return self._no_number(text)
        if not self.lowest <= value <= self.highest:
            return _("%(value)s is not between %(lowest)s and %(highest)s") % {
                "value": shown(text), "lowest": self.lowest, "highest": self.highest,
            }  # fmt: skip
        if self.is_whole and value != value.to_integral_value():
            return _("%(value)s is not a whole number") % {"value": shown(text)}
        return int(HUNDRED * value.quantize(CENT, ROUND_HALF_UP))

    @staticmethod
    def _no_number(text: str) -> str:
        if "," in text:
            return _("“%(value)s” is not a number; write it as 1234.50, without a comma") % {
                "value": shown(text)
            }
        return _("“%(value)s” is not a number") % {"value": shown(text)}


def shown(text: str) -> str:
    """Return a text as it may stand in a sentence: short, and nothing that cannot be printed."""
    printable = "".join(
        each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text
    )
    return printable if len(printable) <= MAX_VALUE_CHARACTERS else f"{printable[:39]}…"

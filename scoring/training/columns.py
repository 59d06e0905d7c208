"""What a column holds: numbers, dates, levels, codes of its own; and the column as clean values.

A *special code* is a value that is not a measurement: ``999999`` for "not asked", ``96`` in a
counter, ``NM`` between numbers. Codes get a level of their own beside the numbers, so that no
estimator reads them as an amount (Siddiqi 2006, chapter 6: special values are bins of their own).
"""

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

FloatArray = npt.NDArray[np.float64]
NUMERIC_SHARE = 0.9
# Fewer numbers are still a numeric column where all the rest is a handful of repeated codes.
NUMERIC_WITH_CODES_SHARE = 0.5
MAX_CODES = 5
MIN_CODE_ROWS = 5
MIN_NUMERIC_DISTINCT = 10
# Codes that people use: nines and eights, 96 to 98, and small negative numbers.
CODE_SHAPE = re.compile(r"-?9+|-?8{2,}|-?9*9[678]|-[1-9]|-[15]0+")
SHAPED_GAP = 0.25
DATE_FORMS = (
    re.compile(r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}([ T].*)?"),
    re.compile(r"\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}( .*)?"),
    re.compile(r"\d{1,2}[- ][A-Za-z]{3,9}[- ]\d{2,4}"),
    re.compile(r"(19|20)\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])"),
)
IDENTIFIER_NAME = re.compile(r"(^|[_\s.])(id|no|nr|number|key|uuid|index)$|^id[_\s]", re.I)
MAX_LEVEL_SHARE = 0.5
MIN_IDENTIFIER_ROWS = 20


@dataclass(frozen=True)
class Column:
    """A column as clean values.

    ``kind`` is numeric, date, category, mixed, identifier, constant or empty. ``numbers`` (n,) has
    NaN where missing or a code; ``codes`` (n,) holds the code's text or None; ``text`` (n,) holds
    the levels of a category. ``note`` says what was done to the values, or is empty.
    """

    name: str
    kind: str
    numbers: FloatArray | None = None
    codes: npt.NDArray[np.object_] | None = None
    text: "pd.Series | None" = None
    special_codes: tuple[str, ...] = ()
    note: str = ""

    @property
    def is_used(self) -> bool:
        return self.kind in {"numeric", "date", "category", "mixed"}


def read_column(name: str, cells: "pd.Series") -> Column:
    """Return a column of text cells (NaN where empty) as clean values."""
    filled = cells.dropna()
    if filled.empty:
        return Column(name, "empty")
    if filled.nunique() == 1 and len(filled) == len(cells):
        return Column(name, "constant")
    if _is_date(filled):
        return _date_column(name, cells)
    numbers, marks = parse_numbers(cells)
    strange = cells[np.isnan(numbers) & cells.notna().to_numpy()]
    tokens = strange.value_counts()
    numeric_share = 1 - len(strange) / len(filled)
    few_codes = len(tokens) <= MAX_CODES and (tokens >= min(MIN_CODE_ROWS, len(filled) // 20)).all()
    is_varied = len(np.unique(numbers[~np.isnan(numbers)])) >= MIN_NUMERIC_DISTINCT
    if numeric_share >= NUMERIC_SHARE or (
        numeric_share >= NUMERIC_WITH_CODES_SHARE and few_codes and is_varied
    ):
        return _numeric_column(name, cells, numbers, tokens, marks)
    if filled.nunique() > MAX_LEVEL_SHARE * len(filled) and len(filled) > MIN_IDENTIFIER_ROWS:
        return Column(name, "identifier")
    is_mixed = is_varied and numeric_share > 0.1
    note = "Numbers and texts are mixed; every value is read as a text level." if is_mixed else ""
    return Column(name, "mixed" if is_mixed else "category", text=cells, note=note)


def _numeric_column(
    name: str, cells: "pd.Series", numbers: FloatArray, tokens: "pd.Series[int]", marks: str
) -> Column:
    codes = np.full(len(cells), None, dtype=object)
    texts = [str(token) for token in tokens.index[tokens >= 2][:MAX_CODES]]
    is_text_code = cells.isin(texts).to_numpy()
    codes[is_text_code] = cells[is_text_code].to_numpy(object)
    numeric_codes = find_numeric_codes(numbers)
    for value in numeric_codes:
        codes[numbers == value] = plain(value)
    numbers = np.where(np.isin(numbers, numeric_codes), np.nan, numbers)
    known = numbers[~np.isnan(numbers)]
    if is_identifier(name, numbers):
        return Column(name, "identifier")
    special = (*texts, *(plain(value) for value in numeric_codes))
    if len(np.unique(known)) <= 1 and not special and len(known) == len(numbers):
        return Column(name, "constant")
    lost = int(tokens.sum()) - int(is_text_code.sum())
    note = f"{lost} cells are no numbers and count as missing. {marks}" if lost else marks
    return Column(name, "numeric", numbers, codes, None, special, note.strip())


def parse_numbers(cells: "pd.Series") -> tuple[FloatArray, str]:
    """Return (n,) floats, NaN where a cell is no number, and a note on the marks taken off.

    Stray underscores, currency and percent signs, thousands separators and decimal commas are
    read as what they are.
    """
    plain_numbers = pd.to_numeric(cells, errors="coerce")
    strange = plain_numbers.isna() & cells.notna()
    if not strange.any():
        return _finite(plain_numbers), ""
    text = cells[strange].str.strip("_").str.replace(r"^(-?)[$€£¥]\s*", r"\1", regex=True)
    text = text.str.replace(r"\s*[%€$£¥]$", "", regex=True)
    english = text.str.fullmatch(r"[-+]?\d{1,3}(,\d{3})+(\.\d+)?")
    comma = text.str.fullmatch(r"[-+]?(\d{1,3}(\.\d{3})+|\d+),\d+") & ~english
    text = text.where(~english, text.str.replace(",", ""))
    text = text.where(~comma, text.str.replace(".", "").str.replace(",", "."))
    parsed = pd.to_numeric(text, errors="coerce")
    merged = plain_numbers.copy()
    merged[strange] = parsed
    count = int(parsed.notna().sum())
    note = f"{count} numbers had marks (as _ $ % or thousands separators) that were taken off."
    return _finite(merged), note if count else ""


def _finite(numbers: "pd.Series") -> FloatArray:
    values = numbers.to_numpy(float, copy=True)
    values[~np.isfinite(values)] = np.nan
    return values


def plain(value: float) -> str:
    """Return a number as people write it: whole numbers without a decimal point."""
    return str(int(value)) if value == int(value) else repr(float(value))


def find_numeric_codes(numbers: FloatArray) -> list[float]:
    """Return up to five repeated values at either end that stand apart from all the others.

    A value that looks like a code (-1, 96, 98, -999, 999999) stands apart where the gap to the
    rest is a quarter of the spread of the rest (5th to 95th percentile); any other repeated value
    where the gap is wider than the whole range of the rest.
    """
    known = numbers[~np.isnan(numbers)]
    values, counts = np.unique(known, return_counts=True)
    above = _codes_above(values, counts, 1.0)
    below = _codes_above(-values[::-1], counts[::-1], -1.0)
    return sorted([*above, *(-value for value in below)])


def _codes_above(values: FloatArray, counts: npt.NDArray[np.int64], sign: float) -> list[float]:
    """Look at the upper end of rising values; ``sign`` -1 says that they were turned around."""
    for size in range(min(MAX_CODES, len(values) - 2), 0, -1):
        codes, rest, rest_counts = values[-size:], values[:-size], counts[:-size]
        if (counts[-size:] < 2).any() or counts[-size:].sum() < MIN_CODE_ROWS:
            continue
        shaped = all(CODE_SHAPE.fullmatch(plain(sign * value)) for value in codes)
        low, high = _quantiles(rest, rest_counts)
        needed = SHAPED_GAP * (high - low) if shaped else rest[-1] - rest[0]
        # A code is one step away from nothing: neighbours of a counter are counts.
        if codes[0] - rest[-1] > max(needed, 2 * _step(rest)):
            return [float(value) for value in codes]
    return []


def _quantiles(values: FloatArray, counts: npt.NDArray[np.int64]) -> tuple[float, float]:
    """Return the 5th and 95th percentile of rising values with counts."""
    share = np.cumsum(counts) / counts.sum()
    low, high = np.minimum(np.searchsorted(share, [0.05, 0.95]), len(values) - 1)
    return float(values[low]), float(values[high])


def _step(values: FloatArray) -> float:
    return float(np.median(np.diff(values))) if len(values) > 1 else 0.0


def is_identifier(name: str, numbers: FloatArray) -> bool:
    """Say whether numbers only count or name the rows."""
    if np.isnan(numbers).any() or len(numbers) < MIN_IDENTIFIER_ROWS:
        return False
    steps = np.diff(numbers)
    if np.all(steps == steps[0]):
        return bool(steps[0] != 0)
    is_whole = np.all(numbers == np.round(numbers))
    is_unique = len(np.unique(numbers)) == len(numbers)
    return bool(is_whole and is_unique and IDENTIFIER_NAME.search(name))


def _is_date(filled: "pd.Series") -> bool:
    sample = filled.iloc[:: max(1, len(filled) // 2000)]
    return any(bool(sample.str.fullmatch(form).mean() >= NUMERIC_SHARE) for form in DATE_FORMS)


def _date_column(name: str, cells: "pd.Series") -> Column:
    """Turn dates into days before the newest date of the table."""
    first = cells.str.extract(r"^(\d{1,2})[-/.]\d{1,2}[-/.]")[0].astype(float)
    second = cells.str.extract(r"^\d{1,2}[-/.](\d{1,2})[-/.]")[0].astype(float)
    day_first = bool(first.notna().any()) and not (second > 12).any()
    dates = pd.to_datetime(cells, errors="coerce", format="mixed", dayfirst=day_first, utc=True)
    newest = dates.max()
    days = ((newest - dates).dt.total_seconds() / 86400).round().to_numpy(float)
    note = f"Dates became days before the newest date, {newest:%Y-%m-%d}."
    if day_first and not (first > 12).any():
        note += " Day and month cannot be told apart; the day was read first."
    codes = np.full(len(cells), None, dtype=object)
    return Column(name, "date", days, codes, note=note)

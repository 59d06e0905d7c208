"""How a row of values becomes the inputs of an estimator that learned from a table.

An input is described by its ``name``, by what it ``reads`` (the value, or the special code that
stands in its place) and by its ``levels`` (text → rank), None for numbers.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

OTHER = "(other)"
MISSING = "(missing)"
NO_CODE = "(none)"
Value = float | str | None


def text_of(value: Value) -> str | None:
    """Return a value as the table would write it; whole numbers without a decimal point."""
    if value is None or isinstance(value, str):
        return value
    if math.isnan(value):
        return None
    return str(int(value)) if value == int(value) else repr(value)


def input_values(
    described: Sequence[Mapping[str, Any]], values: Mapping[str, Value]
) -> list[float]:
    """Return the inputs in order, NaN where a number is missing or is a special code."""
    codes = {
        each["name"]: set(each["levels"]) - {NO_CODE, OTHER}
        for each in described
        if each["reads"] == "code"
    }
    return [_input(each, values.get(each["name"]), codes) for each in described]


def _input(each: Mapping[str, Any], value: Value, codes: Mapping[str, set[str]]) -> float:
    text = text_of(value)
    if each["reads"] == "code":
        name = text if text in codes[each["name"]] else NO_CODE
        return float(each["levels"].get(name, each["levels"][OTHER]))
    if each["levels"] is not None:
        return float(each["levels"].get(text or MISSING, each["levels"][OTHER]))
    if text is None or isinstance(value, str) or text in codes.get(each["name"], ()):
        return math.nan
    # Estimators learned from 32-bit inputs; an edge may lie between such a number and its 64 bits.
    return float(np.float32(value)) if value is not None else math.nan

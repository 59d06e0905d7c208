"""A row of attributes as the numbers that an estimator takes; the client does it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoring.privacy.homomorphic.errors import RowError

LONGEST_SHOWN = 24


@dataclass(frozen=True, slots=True)
class Input:
    """One number: whether an attribute has a code, lies in a bin, or its standardised value.

    A bin holds values from ``low`` up to, but not including, ``high``; None is without end.
    """

    attribute: str
    code: str | None = None
    is_bin: bool = False
    low: float | None = None
    high: float | None = None
    is_log: bool = False
    mean: float = 0.0
    sd: float = 1.0

    def of(self, value: str | float) -> float:
        if self.code is not None:
            return float(value == self.code)
        number = float(value)
        if self.is_bin:
            above = self.low is None or number >= self.low
            return float(above and (self.high is None or number < self.high))
        return ((math.log(number) if self.is_log else number) - self.mean) / self.sd


class Encoder:
    """The inputs of an estimator, in their order."""

    def __init__(self, inputs: Sequence[Input]) -> None:
        self.inputs = tuple(inputs)
        self.attributes = tuple(dict.fromkeys(each.attribute for each in inputs))
        self._codes: dict[str, set[str]] = {}
        for each in inputs:
            if each.code is not None:
                self._codes.setdefault(each.attribute, set()).add(each.code)

    @classmethod
    def of(cls, inputs: Sequence[Mapping[str, Any]]) -> "Encoder":
        """Return the encoder of an estimator file or of the server's list."""
        return cls([Input(**each) for each in inputs])

    def as_list(self) -> list[dict[str, Any]]:
        """Return the inputs as JSON keeps them, without what is as usual."""
        usual = asdict(Input(""))
        return [
            {key: value for key, value in asdict(each).items() if value != usual[key]}
            for each in self.inputs
        ]

    def __len__(self) -> int:
        return len(self.inputs)

    def encode(self, row: Mapping[str, Any]) -> NDArray[np.float64]:
        """Return the inputs of a row, shape (inputs,). Raises RowError, naming the attribute."""
        values = {name: self._checked(name, row.get(name)) for name in self.attributes}
        return np.array([each.of(values[each.attribute]) for each in self.inputs], float)

    def _checked(self, name: str, value: Any) -> str | float:
        if value is None or value == "":
            raise RowError(f"{name} is missing.")
        codes = self._codes.get(name)
        if codes is not None:
            text = str(value).strip()
            if text not in codes:
                known = ", ".join(sorted(codes))
                raise RowError(f"{name}: “{text[:LONGEST_SHOWN]}” is not one of {known}.")
            return text
        return _number(name, value)


def _number(name: str, value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError) as error:
        shown = str(value)[:LONGEST_SHOWN]
        raise RowError(f"{name}: “{shown}” is not a number.") from error
    if not math.isfinite(number) or not 0 < number <= 100_000_000:
        raise RowError(f"{name} must be more than 0, and at most 100,000,000.")
    return number

"""An array that grows at its end."""

from typing import Generic, TypeVar

import numpy as np
import numpy.typing as npt

Item = TypeVar("Item", bound=np.generic)


class Growing(Generic[Item]):
    """Rows of one shape and type, appended at a constant cost per row.

    ``row`` is the shape of one row, () for plain numbers.
    """

    def __init__(self, dtype: type[Item], row: tuple[int, ...] = ()) -> None:
        self._held: npt.NDArray[Item] = np.empty((1024, *row), dtype)
        self._count = 0

    def __len__(self) -> int:
        return self._count

    @property
    def rows(self) -> npt.NDArray[Item]:
        """Return all rows so far, a view that the next ``extend`` may leave behind."""
        return self._held[: self._count]

    def extend(self, rows: npt.NDArray[Item]) -> None:
        """Append rows."""
        needed = self._count + len(rows)
        if needed > len(self._held):
            larger = np.empty((max(needed, 2 * len(self._held)), *self._held.shape[1:]),
                              self._held.dtype)  # fmt: skip
            larger[: self._count] = self.rows
            self._held = larger
        self._held[self._count : needed] = rows
        self._count = needed

    def cut(self, count: int) -> None:
        """Forget all rows from ``count`` on."""
        self._count = min(count, self._count)

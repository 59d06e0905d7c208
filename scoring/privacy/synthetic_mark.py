"""The mark that a synthetic row carries: a column of its table that says so, read anywhere."""

MARK_COLUMN = "synthetic"
MARK = "yes"
# What in the column of the mark says that a row is real.
REAL = frozenset({"", "0", "no", "false", "n", "real", "none", "nan"})


def is_mark_column(name: str) -> bool:
    """Say whether a column of a table is that of the mark."""
    return name.strip().strip("\"'").lower() == MARK_COLUMN


def is_marked(value: object) -> bool:
    """Say whether a value of the mark's column says that the row is synthetic."""
    return value is not None and str(value).strip().lower() not in REAL

"""What differs between two versions of the policy, field by field."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from scoring.engine.policy import PolicyParameters

# Parameters that are tables: each row is compared on its own.
TABLES = ("rule_thresholds", "modality_weights")


@dataclass(frozen=True, slots=True)
class Difference:
    """One changed parameter; ``row`` names the row of a table, such as a rule or a modality.

    ``before`` and ``after`` are plain numbers or words; None where a version lacks the row.
    """

    parameter: str
    row: str
    before: Any
    after: Any


def differences(before: PolicyParameters, after: PolicyParameters) -> tuple[Difference, ...]:
    """Return every changed parameter, in the order in which the policy lists them."""
    old, new = before.as_dict(), after.as_dict()
    return tuple(
        each
        for name in new
        for each in _differences_of(name, old.get(name), new[name])
        if each.before != each.after
    )


def _differences_of(name: str, before: Any, after: Any) -> Iterator[Difference]:
    if name in TABLES:
        for row in sorted({*before, *after}):
            yield Difference(name, row, before.get(row), after.get(row))
    elif name == "bands":
        yield Difference(name, "", _bands(before), _bands(after))
    elif name == "reference_sessions":
        yield from _session_differences(before, after)
    else:
        yield Difference(name, "", _plain(before), _plain(after))


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, str) else value


def _bands(bands: Any) -> str:
    return ", ".join(f"{band['name']} {band['from_points']}" for band in bands)


def _session_differences(
    before: Mapping[str, Any], after: Mapping[str, Any]
) -> Iterator[Difference]:
    """Tell how many sessions a modality is centred on: seven numbers each would tell nobody."""
    for modality in sorted({*before, *after}):
        old, new = before.get(modality, ()), after.get(modality, ())
        if old != new:
            # Other sessions of the same number are a change too, and must not read as none.
            mark = " (others)" if len(old) == len(new) else ""
            yield Difference("reference_sessions", modality, f"{len(old)}", f"{len(new)}{mark}")

"""What a challenger's file says of its inputs, read without running it.

A JSON file has them under ``inputs``; an ONNX graph in its metadata. The metadata is read from the
bytes themselves (protobuf's wire format, https://protobuf.dev/programming-guides/encoding/), so the
web process needs neither ONNX nor ONNX Runtime for it.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

# The shipped graphs say nothing of their inputs: they read these.
INPUTS = (
    "card_utilisation_percent",
    "overdue_payments",
    "debt_to_income_percent",
    "open_accounts",
)
# ModelProto.graph and .metadata_props; StringStringEntryProto.key and .value.
GRAPH, METADATA_PROPS, KEY, VALUE = 7, 14, 1, 2
VARINT, FIXED_64, BYTES, FIXED_32 = 0, 1, 2, 5

Described = Mapping[str, Any]


def described_inputs(file: str, content: bytes) -> tuple[Described, ...]:
    """Return each input with its ``name``, what it ``reads`` and its ``levels``, in order.

    Raises ValueError for bytes that are neither JSON of steps nor a graph.
    """
    if file.endswith(".json"):
        told = json.loads(content)
        found = told.get("inputs") or [plain_input(c["name"]) for c in told["characteristics"]]
    else:
        text = metadata(content).get("inputs")
        found = json.loads(text) if text else [plain_input(name) for name in INPUTS]
    return tuple(found)


def plain_input(name: str) -> Described:
    return {"name": name, "reads": "value", "levels": None}


def names_of(inputs: tuple[Described, ...]) -> tuple[str, ...]:
    """Return the names of the values that are read; a value and its codes are one name."""
    return tuple(dict.fromkeys(each["name"] for each in inputs))


def metadata(graph: bytes) -> dict[str, str]:
    """Return the metadata of an ONNX graph. Raises ValueError for other bytes."""
    fields = list(_fields(graph))
    if GRAPH not in dict(fields):
        raise ValueError("the file is no ONNX graph")
    entries = [dict(_fields(value)) for field, value in fields if field == METADATA_PROPS]
    return {entry[KEY].decode(): entry.get(VALUE, b"").decode() for entry in entries}


def _fields(message: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield number and bytes of each field of a message; numbers among the values are skipped."""
    place = 0
    while place < len(message):
        tag, place = _varint(message, place)
        kind = tag & 7
        if kind == BYTES:
            length, place = _varint(message, place)
            yield tag >> 3, message[place : place + length]
        elif kind == VARINT:
            length = _varint(message, place)[1] - place
        elif kind in (FIXED_64, FIXED_32):
            length = 8 if kind == FIXED_64 else 4
        else:
            raise ValueError("the file is no ONNX graph")
        place += length
    if place != len(message):
        raise ValueError("the graph is cut off")


def _varint(message: bytes, place: int) -> tuple[int, int]:
    """Return a number of seven bits a byte, and the place after it."""
    value = shift = 0
    while place < len(message) and shift < 64:
        byte = message[place]
        value |= (byte & 0x7F) << shift
        place, shift = place + 1, shift + 7
        if byte < 0x80:
            return value, place
    raise ValueError("the file is no ONNX graph")

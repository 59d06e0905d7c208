"""The structure of an ONNX file, as far as it says where the weights are.

An ONNX file is a message of Protocol Buffers (onnx.proto of the ONNX specification). A tensor may
name another file that holds its values; such a network is not whole without it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

# Kinds of messages and their fields that lead to tensors, by number.
_PARTS: dict[str, dict[int, str]] = {
    "model": {7: "graph", 20: "training", 25: "function"},
    "training": {1: "graph", 2: "graph"},
    "graph": {1: "node", 5: "tensor", 15: "sparse tensor"},
    "function": {7: "node", 11: "attribute"},
    "node": {5: "attribute"},
    "attribute": {
        5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse tensor", 23: "sparse tensor"
    },
    "sparse tensor": {1: "tensor", 2: "tensor"},
    "tensor": {},
}  # fmt: skip
_TENSOR_EXTERNAL_DATA, _TENSOR_DATA_LOCATION = 13, 14
# How deep the messages of a network may lie in each other: control flow is rare and shallow.
_DEEPEST = 64
_VARINT, _EIGHT_BYTES, _MESSAGE, _FOUR_BYTES = 0, 1, 2, 5
_LONGEST_VARINT = 10


@dataclass(frozen=True, slots=True)
class _Field:
    """A field of a message: a whole number, or the bytes of what lies in it."""

    number: int
    value: int
    content: memoryview


def needs_other_files(content: bytes) -> bool:
    """Say whether a tensor of the network lies in another file.

    Raises ValueError where the bytes are no ONNX model.
    """
    messages = [("model", memoryview(content), 0)]
    while messages:
        kind, message, depth = messages.pop()
        if depth > _DEEPEST:
            raise ValueError("its parts lie too deep in each other")
        for field in _fields(message):
            if kind == "tensor" and _is_elsewhere(field):
                return True
            if field.number in _PARTS[kind]:
                messages.append((_PARTS[kind][field.number], field.content, depth + 1))
    return False


def _is_elsewhere(field: _Field) -> bool:
    return field.number == _TENSOR_EXTERNAL_DATA or (
        field.number == _TENSOR_DATA_LOCATION and field.value != 0
    )


def _fields(message: memoryview) -> Iterator[_Field]:
    place = 0
    while place < len(message):
        key, place = _varint(message, place)
        number, wire_type = key >> 3, key & 7
        value, size = 0, {_EIGHT_BYTES: 8, _FOUR_BYTES: 4}.get(wire_type, 0)
        if wire_type == _VARINT:
            value, place = _varint(message, place)
        elif wire_type == _MESSAGE:
            size, place = _varint(message, place)
        elif not size:
            raise ValueError(f"wire type {wire_type}")
        if place + size > len(message):
            raise ValueError("it ends too early")
        yield _Field(number, value, message[place : place + size])
        place += size


def _varint(message: memoryview, place: int) -> tuple[int, int]:
    """Return a number of seven bits a byte, and the place after it."""
    value = 0
    for position, byte in enumerate(message[place : place + _LONGEST_VARINT]):
        value |= (byte & 0x7F) << (7 * position)
        if byte < 0x80:
            return value, place + position + 1
    raise ValueError("a number has no end")

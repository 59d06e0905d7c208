"""Compile the translations without gettext's tools: ``python -m scripts.compile_messages``.

Reads ``locale/*/LC_MESSAGES/django.po`` and writes the ``.mo`` beside each, in the format of the
GNU gettext manual, section *The Format of GNU MO Files*. Entries without a translation and fuzzy
ones are left out, so that the page shows English there.
"""

import ast
import struct
import sys
from pathlib import Path

LOCALE = Path(__file__).resolve().parents[1] / "locale"
MAGIC = 0x950412DE
HEADER_WORDS = 7
CONTEXT, PLURAL = "\x04", "\x00"


def parse(text: str) -> dict[str, str]:
    """Return translations by message; a plural's forms are joined by NUL, as a ``.mo`` has them."""
    messages = {}
    for block in text.split("\n\n"):
        entry = _entry(block)
        if entry and entry["translations"] and all(entry["translations"]):
            messages[entry["key"]] = PLURAL.join(entry["translations"])
    return messages


def _entry(block: str) -> dict | None:
    lines = [line for line in block.splitlines() if not line.startswith("#~")]
    if any(line.startswith("#,") and "fuzzy" in line for line in lines):
        return None
    fields: dict[str, str] = {}
    name = ""
    for line in lines:
        if line.startswith("msg"):
            name, __, line = line.partition(" ")  # noqa: PLW2901
        if name and line.startswith('"'):
            fields[name] = fields.get(name, "") + ast.literal_eval(line)
    if "msgid" not in fields:
        return None
    key = fields["msgid"]
    if "msgctxt" in fields:
        key = fields["msgctxt"] + CONTEXT + key
    if "msgid_plural" in fields:
        key += PLURAL + fields["msgid_plural"]
    return {"key": key, "translations": [t for n, t in fields.items() if n.startswith("msgstr")]}


def compiled(messages: dict[str, str]) -> bytes:
    """Return the bytes of a ``.mo`` file, messages sorted as its readers expect."""
    pairs = sorted((key.encode(), text.encode()) for key, text in messages.items())
    start = 4 * HEADER_WORDS + 16 * len(pairs)
    tables, data = [], b""
    for column in (0, 1):
        for pair in pairs:
            tables += [len(pair[column]), start + len(data)]
            data += pair[column] + b"\0"
    size = len(pairs)
    first = 4 * HEADER_WORDS
    header = (MAGIC, 0, size, first, first + 8 * size, 0, first + 16 * size)
    return struct.pack(f"<{HEADER_WORDS + len(tables)}I", *header, *tables) + data


def main() -> int:
    for source in sorted(LOCALE.glob("*/LC_MESSAGES/django.po")):
        messages = parse(source.read_text(encoding="utf-8"))
        source.with_suffix(".mo").write_bytes(compiled(messages))
        print(f"{source.parent.parent.name}: {len(messages) - 1} translations")
    return 0


if __name__ == "__main__":
    sys.exit(main())

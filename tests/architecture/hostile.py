"""What somebody who means harm sends, and what counts as our failure, for the tests beside."""

import base64
import json
from typing import Any

from django.test import Client

from applicants.models import Officer
from applicants.services import tokens

# As JSON text, since some of them no serialiser would write.
HOSTILE = (
    "null",
    "-1",
    "1e400",
    "NaN",
    "9" * 400,
    '"a\\u0000b"',
    '"\\ud800"',
    '"' + "x" * 20_000 + '"',
    '"<script>alert(1)</script>"',
    '"=1+1"',
    "{}",
    "[[1]]",
    '{"\\u0000": 1}',
)
# As typed into the field of a form, or into an address.
TYPED = (
    "\0", "x" * 20_000, "9" * 400, "9" * 5000, "1e400", "-1e400", "NaN", "Infinity", "-1", "²",
    "0001-01-01", "9999-12-31", "<script>alert(1)</script>", "=1+1", "٣",
)  # fmt: skip


def as_base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def bearer(officer: Officer) -> dict[str, str]:
    return {"authorization": f"Bearer {tokens.issue(officer)}"}


def without_failures(client: Client, url: str, body: dict[str, Any], officer: Officer) -> list[str]:
    """Put each hostile value in place of each field; return what was answered with 500."""
    headers, failures = bearer(officer), []
    for name in body:
        for value in HOSTILE:
            rest = {key: each for key, each in body.items() if key != name}
            text = json.dumps(rest)[:-1] + (", " if rest else "") + f'"{name}": {value}}}'
            response = client.post(url, text, content_type="application/json", headers=headers)
            if response.status_code >= 500:
                failures.append(f"{url} {name}={value[:40]}")
    return failures

"""The server as a client sees it: three calls over HTTP."""

import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scoring.privacy.homomorphic.errors import HomomorphicError

TIMEOUT_S = 120
LOCAL = {"127.0.0.1", "localhost", "::1"}
BINARY = "application/octet-stream"
# The server computes one row at a time, and answers so many calls a minute; it says when it cannot,
# and has kept nothing then.
NOT_NOW, ATTEMPTS, PAUSE_S = {429, 503}, 5, 5.0


class ServiceError(HomomorphicError):
    """The server refused, or was not reached; then ``status``, that of HTTP, is 0.

    ``retry_after_s`` is what the server asks to wait, where it says so.
    """

    code = "service"

    def __init__(self, message: str, status: int = 0, retry_after_s: float = 0.0) -> None:
        super().__init__(message)
        self.status, self.retry_after_s = status, retry_after_s


@dataclass(frozen=True, slots=True)
class Service:
    """``base`` is the API as https://host/api/v1; the token is that of an officer."""

    base: str
    token: str

    def estimators(self) -> dict[str, dict[str, Any]]:
        """Return the public part of each estimator by name. Raises ServiceError."""
        listed = json.loads(self._call("GET", "encrypted-estimators/"))
        return {each["name"]: each for each in listed}

    def upload(self, evaluation: bytes) -> dict[str, Any]:
        """Send evaluation keys and return how they are kept. Raises ServiceError."""
        stored: dict[str, Any] = json.loads(self._call("POST", "keys/", evaluation))
        return stored

    def evaluate(self, estimator: str, keys: str, row: bytes) -> bytes:
        """Return the encrypted output for an encrypted row; a busy server is asked again.

        Raises ServiceError.
        """
        query = urllib.parse.urlencode({"estimator": estimator, "keys": keys})
        attempt = 1
        while True:
            try:
                return self._call("POST", f"encrypted-scores/?{query}", row)
            except ServiceError as error:
                if error.status not in NOT_NOW or attempt == ATTEMPTS:
                    raise
                pause_s = max(PAUSE_S * attempt, error.retry_after_s)
            time.sleep(min(pause_s, TIMEOUT_S))
            attempt += 1

    def _call(self, method: str, path: str, body: bytes | None = None) -> bytes:
        url = f"{self.base.rstrip('/')}/privacy/{path}"
        parts = urllib.parse.urlsplit(url)
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOCAL):
            raise ServiceError(f"{self.base} is not https; a token would travel in the clear.")
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": BINARY}
        request = urllib.request.Request(url, body, headers, method=method)  # noqa: S310  # checked
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310
                content: bytes = answer.read()
                return content
        except urllib.error.HTTPError as error:
            message, wait = _message(error.read()), error.headers.get("Retry-After") or ""
            wait_s = float(wait) if wait.isdecimal() else 0.0
            raise ServiceError(f"{error.code}: {message}", error.code, wait_s) from error
        except (urllib.error.URLError, TimeoutError) as error:
            raise ServiceError(f"{self.base} was not reached: {error}") from error


def _message(body: bytes) -> str:
    try:
        answer: Mapping[str, Any] = json.loads(body)
        return str(answer["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return "no reason was given"

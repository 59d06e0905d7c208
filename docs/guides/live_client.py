"""A client that records live with the documented endpoints alone: a start for a kiosk or an app.

It needs nothing but Python. ``CREDITWEB_URL`` and ``CREDITWEB_TOKEN`` say where and as whom.
"""

import argparse
import base64
import hashlib
import json
import os
import sys
import threading
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PIECE_S = 1.0
PASSING = (429, 500, 502, 503, 504, 507)
PATIENCE_S = 120


class Api:
    """The API under ``url``; a failure that passes is tried again until patience ends."""

    def __init__(self, url: str, token: str) -> None:
        self._url, self._token = f"{url.rstrip('/')}/api/v1/", token

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """Send JSON, or bytes as they are; return the JSON of the answer."""
        deadline = time.monotonic() + PATIENCE_S
        pause_s = 0.5
        while True:
            try:
                with self._open(method, path, body, headers) as answer:
                    content = answer.read()
                    return json.loads(content) if content else None
            except urllib.error.HTTPError as error:
                if error.code not in PASSING or time.monotonic() > deadline:
                    raise SystemExit(f"{method} {path}: {error.read().decode()}") from error
            except urllib.error.URLError:
                if time.monotonic() > deadline:
                    raise
            time.sleep(pause_s)
            pause_s = min(8.0, 2 * pause_s)

    def events(self, path: str) -> Iterator[tuple[str, Any]]:
        """Yield the name and the content of each server-sent event."""
        name = ""
        with self._open("GET", path, None, {"Accept": "text/event-stream"}) as answer:
            for line in answer:
                field, _colon, value = line.decode().rstrip("\n").partition(": ")
                if field == "event":
                    name = value
                elif field == "data":
                    yield name, json.loads(value)

    def _open(self, method: str, path: str, body: Any, headers: dict[str, str]) -> Any:
        content = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        kind = "application/octet-stream" if isinstance(body, bytes) else "application/json"
        request = urllib.request.Request(  # noqa: S310  # the address is the user's own
            self._url + path, data=content, method=method,
            headers={"Authorization": f"Bearer {self._token}", "Content-Type": kind, **headers},
        )  # fmt: skip
        return urllib.request.urlopen(request, timeout=60)  # noqa: S310


def pieces(path: Path, duration_s: float) -> Iterator[tuple[int, bytes]]:
    """Cut a file as a recorder would have written it; yield the time of each end and the bytes."""
    content = path.read_bytes()
    count = max(1, round(duration_s / PIECE_S))
    for number in range(count):
        first, last = (len(content) * n // count for n in (number, number + 1))
        yield round(1000 * duration_s * (number + 1) / count), content[first:last]


def record(api: Api, options: argparse.Namespace) -> None:
    """Open, send, mark, confirm, close."""
    session = api.ask("POST", "sessions/", {"application": options.application})["id"]
    opened = api.ask("POST", "live/", {
        "session": session, "kind": options.kind, "questions": options.question,
    })  # fmt: skip
    live = f"live/{opened['id']}/"
    watch = Watch(api, live)
    threading.Thread(target=watch.run, daemon=True).start()
    take = api.ask("POST", f"{live}takes/", {"client": "sample client"})["number"]
    if opened["kind"] != "walk":
        api.ask("PUT", f"{live}subject/", {"voice": {"mode": "all"}})
    if opened["questions"]:
        mark(api, live, take, 0, "start")
    end_ms = send(api, f"{live}takes/{take}/", options)
    if opened["questions"]:
        mark(api, live, take, end_ms, "end")
    api.ask("POST", f"{live}takes/{take}/end/")
    watch.wait_for(end_ms / 1000, options.linger_s)
    print(json.dumps(api.ask("POST", f"{live}close/")))


def send(api: Api, take: str, options: argparse.Namespace) -> int:
    """Send the pieces as fast as they were spoken; return the time of the last."""
    began_s, end_ms = time.monotonic(), 0
    for sequence, (end_ms, content) in enumerate(pieces(options.file, options.duration_s)):
        time.sleep(max(0.0, began_s + end_ms / 1000 / options.speed - time.monotonic()))
        checksum = base64.b64encode(hashlib.sha256(content).digest()).decode()
        path = f"{take}chunks/{sequence}/?t_end_ms={end_ms}"
        api.ask("PUT", path, content, **{"Upload-Checksum": f"sha256 {checksum}"})
    return end_ms


def mark(api: Api, live: str, take: int, t_ms: int, kind: str) -> None:
    body = {"id": str(uuid.uuid4()), "question": 1, "take": take, "t_ms": t_ms, "kind": kind}
    api.ask("POST", f"{live}marks/", body)


class Watch:
    """Prints each state, and confirms the largest face and body the first time one is seen."""

    def __init__(self, api: Api, live: str) -> None:
        self._api, self._live = api, live
        self._confirmed: set[str] = set()
        self._analysed_s = 0.0

    def run(self) -> None:
        for name, state in self._api.events(f"{self._live}events/"):
            if name != "state":
                return
            self._confirm(state, "face", state["progress"]["faces"])
            self._confirm(state, "body", state["progress"]["bodies"])
            self._analysed_s = min(state["progress"]["horizons"].values(), default=0.0)
            seen = {modality: len(rows) for modality, rows in state["observations"].items()}
            print(json.dumps({"recorded_s": state["recorded_s"], "lag_s": state["lag_s"],
                              "new": seen, "question": state["question"]}), flush=True)  # fmt: skip

    def wait_for(self, t_s: float, patience_s: float) -> None:
        """Wait until the recording is analysed up to about ``t_s``, or patience ends."""
        deadline = time.monotonic() + patience_s
        while self._analysed_s < t_s - PIECE_S and time.monotonic() < deadline:
            time.sleep(0.5)

    def _confirm(self, state: dict[str, Any], part: str, seen: list[dict[str, Any]]) -> None:
        if part in self._confirmed or not seen or not state["takes"]:
            return
        largest = max(seen, key=lambda one: one["box"][2] * one["box"][3])
        said = {
            "take": state["takes"][-1]["number"],
            "t_ms": round(1000 * state["progress"]["decoded_s"]),
            "box": largest["box"],
        }
        self._api.ask("PUT", f"{self._live}subject/", {part: said})
        self._confirmed.add(part)


def first_application(api: Api) -> str:
    """Return an application that is still open."""
    found = api.ask("GET", "applications/")["results"]
    undecided = [one for one in found if one["state"] not in ("approved", "declined", "withdrawn")]
    if not undecided:
        raise SystemExit("There is no open application.")
    return str(undecided[0]["id"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    listing = commands.add_parser("applications")
    listing.add_argument("--first", action="store_true", required=True)
    recording = commands.add_parser("record")
    recording.add_argument("file", type=Path)
    recording.add_argument("--application", required=True)
    recording.add_argument("--kind", choices=("interview", "walk", "voice"), default="interview")
    recording.add_argument("--question", action="append", default=[])
    recording.add_argument("--duration-s", type=float, default=15.0, help="length of the file")
    recording.add_argument("--speed", type=float, default=1.0)
    recording.add_argument("--linger-s", type=float, default=60.0, help="wait for the last rows")
    options = parser.parse_args()
    try:
        api = Api(os.environ["CREDITWEB_URL"], os.environ["CREDITWEB_TOKEN"])
    except KeyError as missing:
        sys.exit(f"Set {missing.args[0]}.")
    if options.command == "applications":
        print(first_application(api))
    else:
        record(api, options)


if __name__ == "__main__":
    main()

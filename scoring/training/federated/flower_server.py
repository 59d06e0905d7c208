"""The server's app on Flower: asks every branch, adds up, and writes what was found.

It runs as a process that the SuperLink starts. Its run configuration names a folder with
``agreement.json``; ``result.json``, or ``failed.json`` with a sentence, is written there.
"""

import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from flwr.app import ConfigRecord, Context, Message, RecordDict
from flwr.serverapp import Grid, ServerApp

from scoring.training.federated import agreement as terms
from scoring.training.federated import fit
from scoring.training.federated.agreement import Agreement, AgreementError
from scoring.training.federated.requests import Asking

app = ServerApp()
POLL_S = 0.3


class Exchange:
    """Sends a request to all branches, waits for every answer, and counts bytes and seconds."""

    def __init__(self, grid: Grid, agreement: Agreement, folder: Path, timeout_s: float) -> None:
        self.grid, self.timeout_s, self.folder = grid, timeout_s, folder
        self.expected = len(agreement.branches)
        self.rounds: list[dict[str, Any]] = []
        self.nodes = self._wait_for_nodes()

    def __call__(self, request: dict[str, Any]) -> list[npt.NDArray[Any]]:
        began, text = time.monotonic(), json.dumps(request)
        messages = [
            Message(
                content=RecordDict({"request": ConfigRecord({"json": text})}),
                dst_node_id=node,
                message_type="query.sum",
            )
            for node in self.nodes
        ]
        found = [_vector(each) for each in self._replies(messages)]
        self.rounds.append(
            {
                "sum": request["sum"],
                "seconds": round(time.monotonic() - began, 3),
                "bytes_to_branch": len(text),
                "bytes_from_branch": int(max(each.nbytes for each in found)),
            }
        )
        _write(self.folder / "progress.json", {"rounds": self.rounds})
        return found

    def _wait_for_nodes(self) -> list[int]:
        until = time.monotonic() + self.timeout_s
        while time.monotonic() < until:
            nodes = sorted(self.grid.get_node_ids())
            if len(nodes) > self.expected:
                raise AgreementError(f"{len(nodes)} branches came, {self.expected} have agreed")
            if len(nodes) == self.expected:
                return nodes
            time.sleep(POLL_S)
        raise AgreementError(f"{len(nodes)} of {self.expected} branches came within the time")

    def _replies(self, messages: list[Message]) -> list[Message]:
        waiting = set(self.grid.push_messages(messages))
        until, found = time.monotonic() + self.timeout_s, []
        while waiting and time.monotonic() < until:
            time.sleep(POLL_S)
            came = list(self.grid.pull_messages(waiting))
            found += came
            waiting -= {each.metadata.reply_to_message_id for each in came}
        if waiting:
            raise AgreementError(f"{len(waiting)} of {len(messages)} branches gave no answer")
        return found


def _vector(message: Message) -> npt.NDArray[Any]:
    if message.has_error():
        raise AgreementError(f"a branch refused: {message.error.reason}")
    try:
        return np.asarray(message.content["sum"].to_numpy_ndarrays()[0])
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise AgreementError("a branch sent something that is no sum") from error


@app.main()
def main(grid: Grid, context: Context) -> None:
    """Train as the run's folder says."""
    folder = Path(str(context.run_config["folder"]))
    told = json.loads((folder / "settings.json").read_text(encoding="utf-8"))
    try:
        agreement = terms.read(folder / "agreement.json")
        exchange = Exchange(grid, agreement, folder, float(told["timeout_s"]))
        began = time.monotonic()
        found = fit.fit(Asking(agreement, exchange), agreement, fit.Settings(**told["settings"]))
    except Exception as error:
        # Whatever it is: who waits for the result must hear of it.
        _write(folder / "failed.json", {"error": str(error) or type(error).__name__})
        raise
    seconds = round(time.monotonic() - began, 2)
    _write(folder / "result.json", {**found, "rounds": exchange.rounds, "seconds": seconds})


def _write(path: Path, content: dict[str, Any]) -> None:
    scratch = path.with_suffix(".new")
    scratch.write_text(json.dumps(content), encoding="utf-8")
    scratch.replace(path)

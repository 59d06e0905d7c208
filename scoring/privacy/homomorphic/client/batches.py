"""Batches as files on the client's side: encrypt a table into a folder, read the answer in it."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from scoring.privacy.homomorphic.batch_files import (
    ANSWER_FILE,
    input_file,
    read_head,
    write_head,
)
from scoring.privacy.homomorphic.client.answers import Answer, answered
from scoring.privacy.homomorphic.client.keys import ClientKeys, Floats
from scoring.privacy.homomorphic.errors import MalformedError, RowError
from scoring.privacy.homomorphic.evaluation_keys import EVALUATION_FILE

NAME = re.compile(r"[a-z0-9_]{1,40}")


def encrypt(
    keys: Path, public: Mapping[str, Any], inputs: Sequence[Floats], folder: Path
) -> list[Path]:
    """Write a batch into a new folder and return its files.

    Raises RowError for more rows than one batch holds, FileExistsError.
    """
    client, kept = ClientKeys.read(keys), _estimator_file(keys, public["name"])
    if len(inputs) > client.parameters.slots:
        most = client.parameters.slots
        raise RowError(f"A batch holds {most} rows; these are {len(inputs)}. Part the table.")
    folder.mkdir(parents=True)
    kept.write_text(json.dumps(dict(public)), encoding="utf-8")
    for number, content in enumerate(client.encrypt_batch(np.array(inputs))):
        (folder / input_file(number)).write_bytes(content)
    (folder / EVALUATION_FILE).write_bytes((keys / EVALUATION_FILE).read_bytes())
    write_head(folder, public["name"], len(inputs))
    return sorted(folder.iterdir())


def decrypt(keys: Path, folder: Path) -> Iterator[Answer]:
    """Return the rounded answers in a folder, in the order of the rows.

    Raises MalformedError, or FileNotFoundError before it was computed.
    """
    head = read_head(folder)
    public = json.loads(_estimator_file(keys, head["estimator"]).read_text(encoding="utf-8"))
    outputs = ClientKeys.read(keys).decrypt_slots((folder / ANSWER_FILE).read_bytes())
    for output in outputs[: head["rows"]]:
        yield answered(public, float(output))


def _estimator_file(keys: Path, name: str) -> Path:
    """Return where the client keeps what it reads answers by; that does not travel."""
    if not NAME.fullmatch(name):
        raise MalformedError("A batch is of an estimator with a name.")
    return keys / f"batch-{name}.json"

"""``python -m scoring.privacy.homomorphic.client …``: the client's side, without Django.

The token is read from the variable CREDITWEB_API_TOKEN. Nothing but rounded scores is printed.
"""

import argparse
import csv
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from scoring.privacy.homomorphic.batch_files import ANSWER_FILE
from scoring.privacy.homomorphic.client import batches
from scoring.privacy.homomorphic.client.answers import Answer, answered
from scoring.privacy.homomorphic.client.keys import SECRET_FILE, ClientKeys, Floats
from scoring.privacy.homomorphic.client.service import Service, ServiceError
from scoring.privacy.homomorphic.encoder import Encoder
from scoring.privacy.homomorphic.errors import HomomorphicError, RowError
from scoring.privacy.homomorphic.evaluation_keys import EVALUATION_FILE
from scoring.privacy.homomorphic.parameters import (
    PUBLISHED,
    Parameters,
    in_batches,
    published,
)

TOKEN = "CREDITWEB_API_TOKEN"  # noqa: S105  # the name of a variable
STORED_FILE = "uploaded.json"
HEADER = "row,probability_bad,class,points"
# As a spreadsheet counts: the header is row 1.
FIRST_ROW = 2


def main(arguments: list[str] | None = None) -> int:
    """Run one command; return the exit status."""
    options = _parser().parse_args(arguments)
    try:
        for line in options.run(options):
            sys.stdout.write(f"{line}\n")
            sys.stdout.flush()
    except HomomorphicError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except OSError as error:
        sys.stderr.write(f"{error.filename}: {_said(error)}\n")
        return 1
    return 0


def _said(error: OSError) -> str | None:
    """Return what to do about a file that is there already, or is not."""
    name = Path(error.filename or "").name
    if isinstance(error, FileExistsError) and name != SECRET_FILE:
        return "this is there already. Name a new folder for the batch."
    if isinstance(error, FileExistsError):
        return "there are keys in this folder already. Name a new one; no key is overwritten."
    if isinstance(error, FileNotFoundError) and name in (SECRET_FILE, EVALUATION_FILE):
        return "there are no keys in this folder. Make them with `keys` first."
    if isinstance(error, FileNotFoundError) and name == STORED_FILE:
        return "the evaluation keys were not sent yet. Send them with `upload` first."
    if isinstance(error, FileNotFoundError) and name == ANSWER_FILE:
        return "the answer is not there yet. It is computed where the estimators are."
    return error.strerror


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m scoring.privacy.homomorphic.client")
    commands = parser.add_subparsers(required=True)
    keys = commands.add_parser("keys", help="make keys in a new folder; the secret key stays there")
    keys.add_argument("--parameters", required=True, choices=sorted(PUBLISHED))
    keys.add_argument("--for-batches", action="store_true", help="small keys for encrypt-batch")
    keys.set_defaults(run=_make_keys)
    estimators = commands.add_parser("estimators", help="list the estimators and their parameters")
    estimators.set_defaults(run=_list_estimators)
    upload = commands.add_parser("upload", help="send the evaluation keys, once in 30 days")
    upload.set_defaults(run=_upload)
    score = commands.add_parser("score", help="have the rows of a CSV scored, encrypted")
    score.add_argument("--estimator", required=True)
    score.add_argument("rows", type=Path, metavar="ROWS.csv")
    score.add_argument(
        "--from-row", type=int, default=FIRST_ROW, metavar="N",
        help="go on where an earlier run ended; the header is row 1",
    )  # fmt: skip
    score.set_defaults(run=_score)
    batch = commands.add_parser("encrypt-batch", help="encrypt a CSV into the files of one batch")
    batch.add_argument("--estimator", required=True)
    batch.add_argument("rows", type=Path, metavar="ROWS.csv")
    batch.set_defaults(run=_encrypt_batch)
    answer = commands.add_parser("decrypt-batch", help="print the scores of a batch")
    answer.set_defaults(run=_decrypt_batch)
    for command in (batch, answer):
        command.add_argument("folder", type=Path, metavar="FOLDER")
    for command in (keys, upload, score, batch, answer):
        command.add_argument("--keys", type=Path, required=True, metavar="DIR")
    for command in (estimators, upload, score, batch):
        command.add_argument("--api", required=True, metavar="https://…/api/v1")
    return parser


def _make_keys(options: argparse.Namespace) -> Iterator[str]:
    parameters = published(options.parameters)
    if options.for_batches:
        parameters = in_batches(parameters)
    made = ClientKeys.make(parameters, for_batches=options.for_batches)
    made.client.keep(options.keys)
    path = options.keys / EVALUATION_FILE
    path.write_bytes(made.evaluation)
    yield f"{path}: {len(made.evaluation) / 1e6:.1f} MB to upload; the secret key stays beside it"


def _list_estimators(options: argparse.Namespace) -> Iterator[str]:
    for name, estimator in _service(options).estimators().items():
        yield f"{name}  {estimator['parameters']}  {estimator['title']}"


def _upload(options: argparse.Namespace) -> Iterator[str]:
    stored = _service(options).upload((options.keys / EVALUATION_FILE).read_bytes())
    (options.keys / STORED_FILE).write_text(json.dumps(stored), encoding="utf-8")
    yield f"kept as {stored['id']} until {stored['expires_at']}"


def _score(options: argparse.Namespace) -> Iterator[str]:
    service, keys = _service(options), ClientKeys.read(options.keys)
    stored = json.loads((options.keys / STORED_FILE).read_text(encoding="utf-8"))["id"]
    estimator = _estimator(service, options.estimator)
    _check_keys(options.estimator, published(estimator["parameters"]), keys)
    rows = _encoded(Encoder.of(estimator["encoder"]), options.rows, options.from_row)
    yield HEADER
    for number, inputs in rows:
        try:
            encrypted = service.evaluate(options.estimator, stored, keys.encrypt(inputs))
        except ServiceError as error:
            raise ServiceError(f"{error} Go on with --from-row {number}.", error.status) from error
        yield _line(number, answered(estimator, keys.decrypt(encrypted)))


def _encrypt_batch(options: argparse.Namespace) -> Iterator[str]:
    public = _estimator(_service(options), options.estimator)
    parameters = in_batches(published(public["parameters"]))
    _check_keys(options.estimator, parameters, ClientKeys.read(options.keys))
    rows = _encoded(Encoder.of(public["encoder"]), options.rows, FIRST_ROW)
    files = batches.encrypt(options.keys, public, [inputs for _, inputs in rows], options.folder)
    size = sum(each.stat().st_size for each in files) / 1e6
    yield f"{options.folder}: {len(rows)} rows in {len(files)} files, {size:.1f} MB; no secret key"


def _decrypt_batch(options: argparse.Namespace) -> Iterator[str]:
    answers = list(batches.decrypt(options.keys, options.folder))
    yield HEADER
    for number, answer in enumerate(answers, start=FIRST_ROW):
        yield _line(number, answer)


def _estimator(service: Service, name: str) -> dict[str, Any]:
    """Return an estimator's public part. Raises ServiceError."""
    found = service.estimators().get(name)
    if found is None:
        raise ServiceError(f"There is no estimator “{name}” for encrypted rows.")
    return found


def _check_keys(estimator: str, needed: Parameters, keys: ClientKeys) -> None:
    if keys.parameters != needed:
        made = keys.parameters.name
        raise ServiceError(f"{estimator} needs keys for {needed.name}; these are for {made}.")


def _line(number: int, answer: Answer) -> str:
    points = "" if answer.points is None else answer.points
    return f"{number},{answer.probability:.3f},{answer.credit_class},{points}"


def _encoded(encoder: Encoder, path: Path, first: int) -> list[tuple[int, Floats]]:
    """Return the inputs of every row from ``first`` on. Raises RowError before any is sent."""
    rows, found = [each for each in _rows(path) if each[0] >= first], []
    if not rows:
        where = "its header" if first <= FIRST_ROW else f"row {first - 1}"
        raise RowError(f"{path} has no row below {where}.")
    for number, row in rows:
        try:
            found.append((number, encoder.encode(row)))
        except RowError as error:
            raise RowError(f"Row {number}: {error}") from error
    return found


def _rows(path: Path) -> list[tuple[int, dict[str, Any]]]:
    """Return rows as a spreadsheet counts them: the header is row 1."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(enumerate(csv.DictReader(file), start=FIRST_ROW))


def _service(options: argparse.Namespace) -> Service:
    token = os.environ.get(TOKEN, "")
    if not token:
        raise ServiceError(f"Put the API token of an officer in {TOKEN}.")
    return Service(options.api, token)


if __name__ == "__main__":
    sys.exit(main())

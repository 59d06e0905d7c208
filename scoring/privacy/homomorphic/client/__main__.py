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

from scoring.privacy.homomorphic.client.answers import answered
from scoring.privacy.homomorphic.client.keys import (
    EVALUATION_FILE,
    SECRET_FILE,
    ClientKeys,
    Floats,
)
from scoring.privacy.homomorphic.client.service import Service, ServiceError
from scoring.privacy.homomorphic.encoder import Encoder
from scoring.privacy.homomorphic.errors import HomomorphicError, RowError
from scoring.privacy.homomorphic.parameters import PUBLISHED, published

TOKEN = "CREDITWEB_API_TOKEN"  # noqa: S105  # the name of a variable
STORED_FILE = "uploaded.json"
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
    if isinstance(error, FileExistsError):
        return "there are keys in this folder already. Name a new one; no key is overwritten."
    if isinstance(error, FileNotFoundError) and name in (SECRET_FILE, EVALUATION_FILE):
        return "there are no keys in this folder. Make them with `keys` first."
    if isinstance(error, FileNotFoundError) and name == STORED_FILE:
        return "the evaluation keys were not sent yet. Send them with `upload` first."
    return error.strerror


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m scoring.privacy.homomorphic.client")
    commands = parser.add_subparsers(required=True)
    keys = commands.add_parser("keys", help="make keys in a new folder; the secret key stays there")
    keys.add_argument("--parameters", required=True, choices=sorted(PUBLISHED))
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
    for command in (keys, upload, score):
        command.add_argument("--keys", type=Path, required=True, metavar="DIR")
    for command in (estimators, upload, score):
        command.add_argument("--api", required=True, metavar="https://…/api/v1")
    return parser


def _make_keys(options: argparse.Namespace) -> Iterator[str]:
    made = ClientKeys.make(published(options.parameters))
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
    estimator = service.estimators().get(options.estimator)
    if estimator is None:
        raise ServiceError(f"There is no estimator “{options.estimator}” for encrypted rows.")
    if estimator["parameters"] != keys.parameters.name:
        needed, made = estimator["parameters"], keys.parameters.name
        raise ServiceError(f"{options.estimator} needs keys for {needed}; these are for {made}.")
    rows = _encoded(Encoder.of(estimator["encoder"]), options.rows, options.from_row)
    yield "row,probability_bad,class,points"
    for number, inputs in rows:
        try:
            encrypted = service.evaluate(options.estimator, stored, keys.encrypt(inputs))
        except ServiceError as error:
            raise ServiceError(f"{error} Go on with --from-row {number}.", error.status) from error
        answer = answered(estimator, keys.decrypt(encrypted))
        points = "" if answer.points is None else answer.points
        yield f"{number},{answer.probability:.3f},{answer.credit_class},{points}"


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

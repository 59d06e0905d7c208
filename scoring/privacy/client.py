"""The lender's side: ``python -m scoring.privacy.client …``, without the site and without Django.

The same verbs stand under ``manage.py privacy``; ``bundle`` writes them as one file that a lender
runs on its own machine with Python and ``cryptography`` alone. Keys never leave that machine.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from scoring.privacy import leak, token_tables
from scoring.privacy.bundle import write_bundle
from scoring.privacy.key_files import new_key_file, read_key_file, rotated
from scoring.privacy.recipe import Recipe, read_recipe
from scoring.privacy.vocabulary import read_vocabulary, remapped

Say = Callable[[str], object]
Verbs = Any
LEAK_NOTE = (
    "Tokens are pseudonyms, not anonymous: this is what somebody guesses who sees the tokens and "
    "knows how often each value occurs."
)


def add_verbs(parser: argparse.ArgumentParser) -> Verbs:
    """Give a parser the verbs; each sets ``run`` to what does it. Returns where more may go."""
    verbs = parser.add_subparsers(dest="verb", required=True, parser_class=argparse.ArgumentParser)
    _key_verbs(verbs)
    _table_verbs(verbs)
    _vocabulary_verbs(verbs)
    verb = verbs.add_parser("bundle", help="write these verbs as one file for the lender")
    verb.add_argument("target", type=Path, metavar="OUT.pyz")
    verb.set_defaults(run=_bundle)
    return verbs


def _table_verbs(verbs: Verbs) -> None:
    for name, help_text, run in (
        ("encrypt", "turn a CSV into tokens and sealed fields", _encrypt),
        ("decrypt", "turn tokens and sealed fields back", _decrypt),
        ("reencrypt", "bring a table under the newest version of the key", _reencrypt),
    ):
        verb = verbs.add_parser(name, help=help_text)
        verb.add_argument("source", type=Path, metavar="IN.csv")
        verb.add_argument("target", type=Path, metavar="OUT.csv")
        _with_key(verb)
        verb.set_defaults(run=run)
        if name == "encrypt":
            _with_recipe(verb)
            verb.add_argument("--keep", metavar="A,B", default="", help="columns left as they are")


def _vocabulary_verbs(verbs: Verbs) -> None:
    verb = verbs.add_parser("remap", help="give a vocabulary the tokens of the newest key version")
    verb.add_argument("source", type=Path, metavar="VOCABULARY.json")
    verb.add_argument("target", type=Path, metavar="OUT.json")
    verb.add_argument("--drop-old", action="store_true", help="forget the earlier versions")
    _with_key(verb)
    verb.set_defaults(run=_remap)
    verb = verbs.add_parser("leak-report", help="what a frequency attack guesses from a table")
    verb.add_argument("source", type=Path, metavar="TOKENS.csv")
    verb.add_argument(
        "--marginals", type=Path, metavar="OTHER.csv",
        help="what the attacker knows: another table of values; default: this very table",
    )  # fmt: skip
    verb.add_argument("--json", action="store_true", help="print the report as JSON")
    _with_key(verb)
    _with_recipe(verb)
    verb.set_defaults(run=_leak_report)


def _key_verbs(verbs: Verbs) -> None:
    verb = verbs.add_parser("new-key", help="make a key file")
    verb.add_argument("key", type=Path, metavar="KEY.json")
    verb.add_argument("--tenant", required=True, help="the lender's name, as bank-a")
    verb.set_defaults(run=_new_key)
    verb = verbs.add_parser("rotate", help="add a version to a key file")
    verb.add_argument("key", type=Path, metavar="KEY.json")
    verb.set_defaults(run=_rotate)


def _with_key(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--key", type=Path, required=True, metavar="KEY.json")


def _with_recipe(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "--recipe", type=Path, metavar="RECIPE.json", help="default: the recipe of German credit"
    )


def _new_key(options: argparse.Namespace, say: Say) -> None:
    ring = new_key_file(options.key, options.tenant)
    say(f"{options.key}: key version 1 of {ring.tenant}. Keep it; send it to nobody.")


def _rotate(options: argparse.Namespace, say: Say) -> None:
    ring = rotated(options.key)
    say(f"{options.key}: new tokens are of key version {ring.current}; earlier ones can be read.")


def _encrypt(options: argparse.Namespace, say: Say) -> None:
    ring, recipe = read_key_file(options.key), read_recipe(options.recipe)
    keep = [name for name in options.keep.split(",") if name]
    rows = token_tables.encrypt_table(options.source, options.target, ring, recipe, keep=keep)
    say(f"{rows} rows: {len(recipe.edges)} columns as tokens, other columns sealed.")


def _decrypt(options: argparse.Namespace, say: Say) -> None:
    rows = token_tables.decrypt_table(options.source, options.target, read_key_file(options.key))
    say(f"{rows} rows decrypted.")


def _reencrypt(options: argparse.Namespace, say: Say) -> None:
    ring = read_key_file(options.key)
    rows = token_tables.reencrypt_table(options.source, options.target, ring)
    say(f"{rows} rows are under key version {ring.current}.")


def _remap(options: argparse.Namespace, say: Say) -> None:
    vocabulary = read_vocabulary(options.source)
    fresh = remapped(vocabulary, read_key_file(options.key), drop_old=options.drop_old)
    options.target.write_text(json.dumps(fresh.content(), indent=1) + "\n", encoding="utf-8")
    versions = ", ".join(map(str, fresh.key_versions))
    say(f"{options.target}: the same numbers for the tokens of key version {versions}.")


def _leak_report(options: argparse.Namespace, say: Say) -> None:
    ring, recipe = read_key_file(options.key), read_recipe(options.recipe)
    tokens = token_tables.read_columns(options.source)
    truth = token_tables.values_of(tokens, ring, recipe)
    known = _marginals(options.marginals, recipe) if options.marginals else None
    leaks = leak.leak_report(tokens, truth, recipe, known)
    if options.json:
        rates = {each.column: round(each.rate, 4) for each in leaks}
        say(json.dumps({"columns": rates, **leak.summary(leaks)}))
        return
    say(LEAK_NOTE)
    for line in _leak_lines(leaks, recipe):
        say(line)


def _marginals(path: Path, recipe: Recipe) -> dict[str, Counter[str]]:
    cells = token_tables.read_columns(path)
    token_tables.require_columns(cells, recipe.edges)
    return {
        name: Counter(recipe.prepared(name, text) for text in cells[name]) for name in recipe.edges
    }


def _leak_lines(leaks: Sequence[leak.ColumnLeak], recipe: Recipe) -> list[str]:
    width = max(len(name) for name in recipe.edges)
    lines = [
        f"{each.column:<{width}}  {each.values:>3} values  {100 * each.rate:5.1f} % guessed"
        for each in leaks
    ]
    rates = leak.summary(leaks)
    said = {"text": "codes", "number": "numbers in ranges", "all": "all cells"}
    return [*lines, *(f"{said[name]}: {100 * rate:.1f} %" for name, rate in rates.items())]


def _bundle(options: argparse.Namespace, say: Say) -> None:
    write_bundle(options.target)
    say(f"{options.target}: run it with Python 3.11 or later and the package cryptography.")


def run(options: Any, say: Say) -> None:
    """Do what the verb says. Raises ValueError with a sentence."""
    try:
        options.run(options, say)
    except FileExistsError as error:
        raise ValueError(f"{error.filename} exists already, and is not overwritten") from error
    except OSError as error:
        raise ValueError(f"{error.filename}: {error.strerror}") from error


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb; return 0, or 2 after saying what is wrong."""
    parser = argparse.ArgumentParser(prog="privacy", description=__doc__)
    add_verbs(parser)
    options = parser.parse_args(arguments)
    try:
        run(options, print)
    except ValueError as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""``manage.py privacy VERB …``: the lender's verbs, and putting an estimator for tokens in place.

The lender needs none of the site for its verbs: ``python -m scoring.privacy.client`` has the same.
"""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from applicants.models import Branch, Officer
from scoring.privacy import client
from scoring.services import token_access, token_estimators


class Command(BaseCommand):
    """Tokens of a lender's values; see docs/guides/privacy_tokens.md."""

    help = "Make keys and tokens on the lender's side; install what learned from tokens."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = client.add_verbs(parser)
        verb = verbs.add_parser("install", help="put an estimator for a tenant's tokens in place")
        verb.add_argument("folder", type=Path, metavar="DIR", help="what the training wrote")
        verb.add_argument(
            "--allow-synthetic", action="store_true",
            help="also a network that learned from rows that are marked as synthetic",
        )  # fmt: skip
        verb.set_defaults(run=_install)
        verb = verbs.add_parser("install-vocabulary", help="take the vocabulary of a rotated key")
        verb.add_argument("source", type=Path, metavar="VOCABULARY.json")
        verb.set_defaults(run=_install_vocabulary)
        verb = verbs.add_parser("remove", help="remove a tenant's network and vocabulary")
        verb.add_argument("lender", metavar="TENANT")
        verb.set_defaults(run=_remove)
        for name, done, run in (
            ("allow", "name who may have a tenant's tokens scored", _allow),
            ("take-back", "let branches or accounts use a tenant no longer", _take_back),
        ):
            verb = verbs.add_parser(name, help=done)
            verb.add_argument("lender", metavar="TENANT")
            verb.add_argument("--branch", action="append", default=[], metavar="CODE")
            verb.add_argument("--account", action="append", default=[], metavar="USERNAME")
            verb.set_defaults(run=run)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            client.run(_Options(options), self.stdout.write)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        except (ValueError, token_estimators.InstallError) as error:
            raise CommandError(str(error)) from error


class _Options:
    """Django gives options as a dictionary; the verbs read them as attributes."""

    def __init__(self, options: dict[str, Any]) -> None:
        self.__dict__.update(options)


def _install(options: Any, say: client.Say) -> None:
    tenant = token_estimators.install(options.folder, allow_synthetic=options.allow_synthetic)
    say(f"Tokens of {tenant} are scored by the network of {options.folder}.")


def _install_vocabulary(options: Any, say: client.Say) -> None:
    vocabulary = token_estimators.install_vocabulary(options.source)
    versions = ", ".join(map(str, vocabulary.key_versions))
    say(f"Tokens of {vocabulary.tenant}, key version {versions}, are understood.")


def _remove(options: Any, say: client.Say) -> None:
    token_estimators.remove(options.lender)
    say(f"Tokens of {options.lender} are scored no longer; nobody may use the name.")


def _allow(options: Any, say: client.Say) -> None:
    branches, accounts = _users(options)
    for row in token_access.allow(options.lender, branches=branches, accounts=accounts):
        say(f"{row.user_name} may now have tokens of {row.tenant} scored.")
    users = ", ".join(token_access.users_of(options.lender))
    say(f"Tokens of {options.lender}: {users}.")


def _take_back(options: Any, say: client.Say) -> None:
    branches, accounts = _users(options)
    rows = token_access.named(options.lender, branches=branches, accounts=accounts)
    token_access.take_back(rows, by=None)
    users = ", ".join(token_access.users_of(options.lender)) or "nobody"
    say(f"Tokens of {options.lender}: {users}.")


def _users(options: Any) -> tuple[list[Branch], list[Officer]]:
    """Return the branches and accounts that the options name. Raises CommandError."""
    if not options.branch and not options.account:
        raise CommandError("Name a --branch or an --account.")
    branches = Branch.objects.filter(code__in=options.branch)
    accounts = Officer.objects.filter(username__in=options.account, is_active=True)
    found = {each.code for each in branches} | {each.username for each in accounts}
    missing = sorted({*options.branch, *options.account} - found)
    if missing:
        raise CommandError(f"There is no such branch or active account: {', '.join(missing)}.")
    return list(branches), list(accounts)

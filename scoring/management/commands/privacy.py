"""``manage.py privacy VERB …``: the lender's verbs, and putting an estimator for tokens in place.

The lender needs none of the site for its verbs: ``python -m scoring.privacy.client`` has the same.
"""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from scoring.privacy import client
from scoring.services import token_estimators


class Command(BaseCommand):
    """Tokens of a lender's values; see docs/guides/privacy_tokens.md."""

    help = "Make keys and tokens on the lender's side; install what learned from tokens."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = client.add_verbs(parser)
        verb = verbs.add_parser("install", help="put an estimator for a tenant's tokens in place")
        verb.add_argument("folder", type=Path, metavar="DIR", help="what the training wrote")
        verb.set_defaults(run=_install)
        verb = verbs.add_parser("install-vocabulary", help="take the vocabulary of a rotated key")
        verb.add_argument("source", type=Path, metavar="VOCABULARY.json")
        verb.set_defaults(run=_install_vocabulary)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            client.run(_Options(options), self.stdout.write)
        except (ValueError, token_estimators.InstallError) as error:
            raise CommandError(str(error)) from error


class _Options:
    """Django gives options as a dictionary; the verbs read them as attributes."""

    def __init__(self, options: dict[str, Any]) -> None:
        self.__dict__.update(options)


def _install(options: Any, say: client.Say) -> None:
    tenant = token_estimators.install(options.folder)
    say(f"Tokens of {tenant} are scored by the network of {options.folder}.")


def _install_vocabulary(options: Any, say: client.Say) -> None:
    vocabulary = token_estimators.install_vocabulary(options.source)
    versions = ", ".join(map(str, vocabulary.key_versions))
    say(f"Tokens of {vocabulary.tenant}, key version {versions}, are understood.")

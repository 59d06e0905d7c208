"""``manage.py api_tokens``: which tokens of the API are out, and how to end them."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from applicants.models import ApiToken, Officer
from applicants.services import tokens


class Command(BaseCommand):
    help = "List the API tokens that are valid, of everybody or of one officer, and revoke them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username", nargs="?", help="whose tokens; without it those of all")
        which = parser.add_mutually_exclusive_group()
        which.add_argument("--revoke", metavar="PREFIX", help="end the token that begins like this")
        which.add_argument("--revoke-all", action="store_true", help="end all tokens of USERNAME")

    def handle(self, *args: object, **options: Any) -> None:
        found = tokens.valid()
        if options["username"]:
            found = found.filter(officer=_officer(options["username"]))
        if options["revoke_all"] and not options["username"]:
            raise CommandError("Say whose tokens: --revoke-all needs a USERNAME.")
        if prefix := options["revoke"]:
            found = found.filter(prefix=prefix[: tokens.PREFIX_CHARACTERS])
            if not found.exists():
                raise CommandError(f"No valid token begins with {prefix!r}.")
        for token in list(found):
            if options["revoke"] or options["revoke_all"]:
                tokens.revoke(token)
            self.stdout.write(_line(token))


def _officer(username: str) -> Officer:
    officer = Officer.objects.filter(username=username).first()
    if officer is None:
        raise CommandError(f"There is no officer {username!r}.")
    return officer


def _line(token: ApiToken) -> str:
    used = f"last used {token.last_used_at:%Y-%m-%d %H:%M}" if token.last_used_at else "never used"
    end = "revoked" if token.revoked_at else f"valid until {token.expires_at:%Y-%m-%d}"
    name = f" ({token.name})" if token.name else ""
    return f"{token}  {token.officer.get_username()}{name}: {used}, {end}"

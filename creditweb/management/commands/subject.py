"""``manage.py subject RIGHT APPLICANT --by USERNAME`` does what a person asked about their data."""

import os
from argparse import ArgumentParser
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from applicants.errors import ProblemError
from applicants.models import Applicant, Application, Officer, SubjectRequest
from applicants.services import subject_requests
from creditweb.subjects import exports, rights

FILE_MODE = 0o600
PERSONAL = (
    "given_name", "family_name", "date_of_birth", "national_id", "name", "registration_number",
    "founded", "email", "phone", "country",
)  # fmt: skip


class Command(BaseCommand):
    help = "Copy, correct, restrict, take out of behavioural scoring, or erase one applicant."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add = parser.add_argument
        add("right", choices=SubjectRequest.Kind.values)
        add("applicant", help="id of the applicant, or number of an application")
        add("--by", required=True, help="user name of the data officer")
        add("--reason", default="", help="what was asked, or why")
        add("--to", type=Path, help="export: the ZIP file to write")
        add("--set", nargs="*", default=[], metavar="FIELD=VALUE", help="rectify: personal data")
        add("--finances", nargs="*", default=[], metavar="FACTOR=VALUE",
            help="rectify: finances of --application")  # fmt: skip
        add("--application", default="", help="rectify: number of the application")

    def handle(self, *args: object, **options: Any) -> None:
        officer = Officer.objects.filter(username=options["by"], is_active=True).first()
        if officer is None:
            raise CommandError(f"There is no active officer {options['by']!r}.")
        applicant, right = _applicant(options["applicant"]), options["right"]
        try:
            said = self._export if right == "export" else self._in_one_go
            self.stdout.write(said(applicant, officer, options))
        except ProblemError as problem:
            raise CommandError(_said(problem)) from problem
        except ValidationError as error:
            raise CommandError(_listed(error)) from error

    @transaction.atomic
    def _in_one_go(self, applicant: Applicant, officer: Officer, options: dict[str, Any]) -> str:
        """Record the request and do it, or leave no trace of a mistyped one."""
        right, reason = options["right"], options["reason"]
        request = subject_requests.receive(applicant, right, officer=officer, note=reason)
        return str(getattr(self, f"_{right}")(request, officer, options))

    def _export(self, applicant: Applicant, officer: Officer, options: dict[str, Any]) -> str:
        if options["to"] is None:
            raise CommandError("Name the file to write: --to FILE.zip.")
        if options["to"].exists():
            raise CommandError(f"{options['to']} exists; nothing was written.")
        if not options["to"].absolute().parent.is_dir():
            raise CommandError(f"There is no folder {options['to'].absolute().parent}.")
        with transaction.atomic():
            request = subject_requests.receive(
                applicant, "export", officer=officer, note=options["reason"]
            )
            export = exports.start(request, officer=officer)
        made = exports.make(export.pk)
        if made is None:
            raise CommandError("The copy could not be made; the log says why.")
        handle = os.open(options["to"], os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE)
        with os.fdopen(handle, "wb") as file:
            for part in exports.fetch(made, officer=officer).parts:
                file.write(part)
        return f"{made.files} files, {made.size_bytes} bytes, SHA-256 {made.sha256}"

    def _rectify(self, request: SubjectRequest, officer: Officer, options: dict[str, Any]) -> str:
        if not options["reason"].strip():
            raise CommandError("Give the reason of a correction: --reason TEXT.")
        personal, finances = _pairs(options["set"]), _pairs(options["finances"])
        if not personal and not finances:
            raise CommandError(
                "Say what is corrected: --set FIELD=VALUE or --finances FACTOR=VALUE."
            )
        unknown = sorted(set(personal) - set(PERSONAL))
        if unknown:
            raise CommandError(f"No personal data: {', '.join(unknown)}.")
        number = options["application"]
        application = Application.objects.filter(applicant=request.applicant, number=number).first()
        if finances and application is None:
            raise CommandError("Name the application of the finances: --application NUMBER.")
        revision = rights.rectify(
            request, officer=officer, personal=personal, application=application, finances=finances
        )
        return f"Corrected; revision {revision.sequence}." if revision else "Corrected."

    def _restrict(self, request: SubjectRequest, officer: Officer, options: object) -> str:
        rights.restrict(request, officer=officer)
        return "Processing is restricted."

    def _lift(self, request: SubjectRequest, officer: Officer, options: object) -> str:
        return f"The restriction ended; {rights.lift(request, officer=officer)} scores were added."

    def _object(self, request: SubjectRequest, officer: Officer, options: object) -> str:
        count = rights.object_to_behaviour(request, officer=officer)
        return f"{count} rows of evidence no longer count."

    def _concede(self, request: SubjectRequest, officer: Officer, options: object) -> str:
        rights.concede(request, officer=officer)
        return "The objection has ended."

    def _erase(self, request: SubjectRequest, officer: Officer, options: object) -> str:
        counts = rights.erase(request, officer=officer)
        kept, gone = counts["kept"], {name: n for name, n in counts.items() if name != "kept"}
        lines = ["Erased: " + (", ".join(f"{name} {n}" for name, n in gone.items() if n) or "name")]
        if kept:
            lines.append(f"decided applications kept without name, number and free text: {kept}")
        return "; ".join(lines) + "."


def _applicant(text: str) -> Applicant:
    by_number = Application.objects.filter(number__iexact=text).select_related("applicant").first()
    if by_number is not None:
        return by_number.applicant
    try:
        return Applicant.objects.get(pk=text)
    except (Applicant.DoesNotExist, ValidationError) as error:
        raise CommandError("There is no such applicant or application.") from error


def _said(problem: ProblemError) -> str:
    """Return the message; a field that it does not name stands before its own sentence."""
    fields = {name: text for name, text in problem.fields.items() if name not in problem.message}
    return "; ".join(f"{name}: {text}" for name, text in fields.items()) or problem.message


def _listed(error: ValidationError) -> str:
    named = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
    lines = [f"{name}: {text}" if name else text for name in named for text in named[name]]
    return "; ".join(lines)


def _pairs(texts: Iterable[str]) -> dict[str, str]:
    pairs = dict(text.partition("=")[::2] for text in texts)
    if "" in pairs or any("=" not in text for text in texts):
        raise CommandError("Write each value as FIELD=VALUE.")
    return pairs

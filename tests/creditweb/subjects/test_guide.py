"""The commands of the guide do what it says, in the order in which it names them."""

import re
import shlex
from pathlib import Path

import pytest
from django.core.management import call_command

from applicants.models import Applicant, Application, AuditEvent, Officer, SubjectRequest

pytestmark = pytest.mark.django_db
GUIDE = Path(__file__).resolve().parents[3] / "docs/guides/subject_rights.md"
NUMBER = "A-2026-000042"


def commands() -> list[list[str]]:
    blocks = re.findall(r"```sh\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.S)
    return [shlex.split(line)[1:] for block in blocks for line in block.strip().splitlines()]


def test_every_command_of_the_guide_works(
    person: Applicant, data_officer: Officer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Application.objects.filter(applicant=person).update(number=NUMBER)
    ran = [words[1] if words[0] == "subject" else words[0] for words in commands()]
    for words in commands():
        call_command(*words)
    assert ran == [
        "export", "rectify", "restrict", "lift", "object", "concede", "erase", "retention",
        "retention",
    ]  # fmt: skip
    assert (tmp_path / "copy.zip").stat().st_size > 0
    assert set(SubjectRequest.objects.values_list("state", flat=True)) == {"done"}
    assert AuditEvent.objects.filter(action="subject.erased").count() == 1


def test_every_setting_of_the_guide_is_read() -> None:
    settings = (GUIDE.parents[2] / "creditweb/settings.py").read_text(encoding="utf-8")
    named = set(re.findall(r"CREDITWEB_[A-Z_]+", GUIDE.read_text(encoding="utf-8")))
    assert {name for name in named if f'"{name}"' not in settings} == set()

"""The commands of the guide do what it says, in the order in which it names them."""

import re
import shlex
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

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


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("rectify --reason Wrong.", "Say what is corrected"),
        (f"rectify --reason Wrong. --application {NUMBER} --finances incom=5", "incom: This fac"),
        ("rectify --reason Wrong. --set date_of_birth=3", "date_of_birth: Give the date as year"),
        ("rectify --reason Wrong. --finances annual_income=5", "Name the application"),
        ("export --to nowhere/copy.zip", "There is no folder"),
        ("export", "Name the file to write"),
    ],
)
def test_a_mistyped_command_says_what_is_wrong_and_leaves_nothing(
    words: str, said: str, person: Applicant, data_officer: Officer
) -> None:
    Application.objects.filter(applicant=person).update(number=NUMBER)
    right, *rest = words.split()
    with pytest.raises(CommandError, match=said):
        call_command("subject", right, NUMBER, "--by", data_officer.username, *rest)
    assert not SubjectRequest.objects.exists()


def test_a_copy_too_many_within_an_hour_leaves_no_request(
    person: Applicant, data_officer: Officer, tmp_path: Path, settings: object
) -> None:
    settings.SUBJECT_EXPORTS_PER_HOUR = 1
    told = ["export", str(person.pk), "--by", data_officer.username, "--to"]
    call_command("subject", *told, str(tmp_path / "first.zip"))
    with pytest.raises(CommandError, match="1 copies within an hour"):
        call_command("subject", *told, str(tmp_path / "second.zip"))
    assert SubjectRequest.objects.get().state == "done"
    assert not (tmp_path / "second.zip").exists()


def test_an_erasure_tells_what_is_kept(
    person: Applicant, data_officer: Officer, capsys: pytest.CaptureFixture[str]
) -> None:
    Application.objects.filter(applicant=person).update(
        number=NUMBER, state="declined", decided_at=timezone.now()
    )
    call_command("subject", "erase", NUMBER, "--by", data_officer.username, "--reason", "Asked.")
    said = capsys.readouterr().out
    assert said.startswith("Erased: ")
    assert "decided applications kept without name, number and free text: 1." in said


def test_every_setting_of_the_guide_is_read() -> None:
    settings = (GUIDE.parents[2] / "creditweb/settings.py").read_text(encoding="utf-8")
    named = set(re.findall(r"CREDITWEB_[A-Z_]+", GUIDE.read_text(encoding="utf-8")))
    assert {name for name in named if f'"{name}"' not in settings} == set()

"""Each right done to one of twenty people leaves every row and file of the other nineteen alone."""

import json
import zipfile
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db.models import ForeignKey, Model

from applicants.models import Applicant, Application, AuditEvent, Officer
from applicants.services import audit
from creditweb.subjects.data_map import DATA
from media_processing.models import Recording
from scoring.models import ScoreRevision
from tests.creditweb.subjects.people import picture, pictures, readable_files

EMPTIED = (
    "family_name", "national_id", "phone", "email", "phone_index", "identity_index",
    "full_name_index", "family_name_index", "email_index",
)  # fmt: skip
pytestmark = pytest.mark.django_db


def _done(right: str, applicant: Applicant, officer: Officer, **options: object) -> None:
    call_command("subject", right, str(applicant.pk), by=officer.username, **options)


def test_every_right_on_one_of_twenty_leaves_the_others_untouched(
    people: list[Applicant], data_officer: Officer, tmp_path: Path,
    django_capture_on_commit_callbacks: object,
) -> None:  # fmt: skip
    before, files = pictures(people), [readable_files(each) for each in people]
    audited = dict(AuditEvent.objects.values_list("pk", "digest"))
    number = people[2].applications.get().number
    steps: list[tuple[int, str, dict[str, object]]] = [
        (0, "export", {"to": tmp_path / "copy.zip"}),
        (2, "rectify", {"set": ["family_name=Corrected"], "finances": ["annual_income=51000"],
                        "application": number, "reason": "The payslip was misread."}),
        (4, "restrict", {}),
        (6, "object", {}),
        (8, "erase", {}),
        (9, "erase", {}),
        (4, "lift", {}),
        (6, "concede", {}),
    ]  # fmt: skip
    touched: set[int] = set()
    for place, right, options in steps:
        touched.add(place)
        with django_capture_on_commit_callbacks(execute=True):
            _done(right, people[place], data_officer, **options)
        now = pictures(people)
        for other, each in enumerate(people):
            if other not in touched:
                assert now[each.pk] == before[each.pk], f"{right} of {place} changed {other}"
                assert readable_files(each) == files[other]
    assert len(people) - len(touched) == 14
    # What was done stands in the audit trail, whose older rows did not move and still hold.
    assert audited.items() <= dict(AuditEvent.objects.values_list("pk", "digest")).items()
    assert audit.first_broken_event() is None
    done = set(
        AuditEvent.objects.filter(action="subject.done").values_list("detail__kind", flat=True)
    )
    assert done == {right for __, right, __ in steps}


def test_a_copy_holds_every_row_and_the_recordings_decrypted(
    person: Applicant, data_officer: Officer, tmp_path: Path
) -> None:
    _done("export", person, data_officer, to=tmp_path / "copy.zip")
    assert (tmp_path / "copy.zip").stat().st_mode & 0o777 == 0o600
    with zipfile.ZipFile(tmp_path / "copy.zip") as archive:
        assert archive.testzip() is None
        data = json.loads(archive.read("data.json"))
        manifest = json.loads(archive.read("manifest.json"))
        media = sorted(name for name in archive.namelist() if name.startswith("media/"))
        assert b"recording of person 1" in archive.read(media[0])
    assert data["applicants.Applicant"][0]["family_name"] == "Family1"
    assert data["scoring.DeclaredGroup"][0]["value"] == "female"
    # The copy itself is being made while it is written, so it counts among the rows.
    counts = {label: count for label, (count, __) in picture(person).items()}
    assert {label: len(rows) for label, rows in data.items() if label in counts} == counts
    assert {row["action"] for row in data["applicants.AuditEvent"]} >= {"score.revised"}
    assert [name.rsplit("/", 1)[1] for name in media] == ["original.mp4", "sound.wav"]
    assert manifest["made_for"] == data_officer.username
    assert manifest["unreadable"] == []
    text = json.dumps(data)
    assert "data_key" not in text
    assert Recording.objects.get().source_key not in text


def test_an_erased_person_is_nowhere_and_a_decision_that_the_law_needs_stays(
    few: list[Applicant], data_officer: Officer, media_folder: Path,
    django_capture_on_commit_callbacks: object,
) -> None:  # fmt: skip
    for place in (1, 2):
        with django_capture_on_commit_callbacks(execute=True):
            _done("erase", few[place], data_officer)
    decided, was_open = (Applicant.objects.get(pk=few[n].pk) for n in (1, 2))
    for gone in (decided, was_open):
        assert gone.display_name == "Erased applicant"
        for name in EMPTIED:
            assert not getattr(gone, name), name
    held = {label: count for label, (count, __) in picture(was_open).items() if count}
    assert held == {"applicants.Applicant": 1, "applicants.Consent": 4,
                    "applicants.SubjectRequest": 1}  # fmt: skip
    kept = decided.applications.get()
    assert kept.number.startswith("E-")
    assert kept.decision.reason == ""
    assert kept.decision.revision.behaviour == {}
    flag = kept.flags.get()
    assert (flag.rule_id, flag.text, flag.observed, flag.modality) == ("erased", "", 0, "")
    assert (flag.state, flag.decisions.get().reason) == ("dismissed", "")
    held = {label: count for label, (count, __) in picture(decided).items() if count}
    assert set(held) == {
        "applicants.Applicant", "applicants.Consent", "applicants.SubjectRequest",
        "applicants.Application", "applicants.FinancialProfile", "scoring.ScoreRevision",
        "scoring.CurrentScore", "scoring.ChallengerScore", "scoring.ReviewFlag",
        "scoring.ReviewDecision", "scoring.ApplicationDecision", "scoring.LoanOutcome",
    }  # fmt: skip
    assert len([path for path in media_folder.rglob("*") if path.is_file()]) == 2
    assert ScoreRevision.objects.filter(application__applicant=was_open).count() == 0
    assert Application.objects.filter(applicant=was_open).count() == 0


def test_every_record_class_that_points_at_a_person_is_in_the_map() -> None:
    known = {each.model for each in DATA}
    pointing = {model for model in apps.get_models() if _leads_to_a_person(model, set())}
    assert pointing == known


def _leads_to_a_person(model: type[Model], seen: set[type[Model]]) -> bool:
    if model is Applicant:
        return True
    seen.add(model)
    targets = [
        field.related_model
        for field in model._meta.concrete_fields
        if isinstance(field, ForeignKey)
    ]
    return any(each not in seen and _leads_to_a_person(each, seen) for each in targets)

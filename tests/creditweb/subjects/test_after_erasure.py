"""What was asked for before an erasure does nothing after it."""

from collections.abc import Iterable
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from applicants.errors import ProblemError
from applicants.models import Applicant, Officer, SubjectRequest
from applicants.services.subject_requests import receive
from creditweb.subjects import archive, exports, rights
from media_processing.models import CaptureSession, SubjectExport, Upload
from media_processing.services import intake, storage, uploads
from media_processing.services.live import capture, chunks
from media_processing.services.sessions import open_session
from media_processing.services.storage import StoredFile
from tests.media_processing.conftest import WEBM_HEAD, stored_files

pytestmark = pytest.mark.django_db
ACTS = {
    "rectify": lambda asked, officer: rights.rectify(
        asked, officer=officer, personal={"given_name": "Ada", "family_name": "Found"}
    ),
    "restrict": lambda asked, officer: rights.restrict(asked, officer=officer),
    "object": lambda asked, officer: rights.object_to_behaviour(asked, officer=officer),
    "erase": lambda asked, officer: rights.erase(asked, officer=officer),
    "export": lambda asked, officer: exports.start(asked, officer=officer),
}


@pytest.mark.parametrize("kind", ACTS)
def test_an_open_request_is_not_carried_out(
    person: Applicant, data_officer: Officer, kind: str
) -> None:
    """A correction would give the erased person a name again."""
    asked = receive(person, kind, officer=data_officer)
    rights.erase(receive(person, "erase", officer=data_officer), officer=data_officer)
    before = Applicant.objects.values().get(pk=person.pk)
    with pytest.raises(ProblemError, match="erased") as refused:
        ACTS[kind](asked, data_officer)
    assert refused.value.status == 409
    assert Applicant.objects.values().get(pk=person.pk) == before
    assert SubjectRequest.objects.get(pk=asked.pk).is_open
    assert not SubjectExport.objects.exists()


def test_the_command_says_so(person: Applicant, data_officer: Officer, tmp_path: Path) -> None:
    rights.erase(receive(person, "erase", officer=data_officer), officer=data_officer)
    for right in ("export", "rectify", "restrict", "erase"):
        told = ["--by", data_officer.username, "--reason", "asked"]
        told += ["--to", str(tmp_path / "copy.zip")] if right == "export" else []
        with pytest.raises(CommandError, match="erased"):
            call_command("subject", right, str(person.pk), *told)


def test_a_copy_that_an_erasure_overtakes_leaves_no_file(
    person: Applicant, data_officer: Officer, media_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export = exports.start(receive(person, "export", officer=data_officer), officer=data_officer)
    whole = archive.write

    def overtaken(*arguments: object, **more: object) -> archive.Written:
        written = whole(*arguments, **more)
        rights.erase_now(Applicant.objects.get(pk=person.pk), officer=data_officer)
        return written

    monkeypatch.setattr(archive, "write", overtaken)
    assert exports.make(export.pk) is None
    assert list(media_folder.rglob("*-export")) == []
    export.refresh_from_db()
    assert export.data_key is None


def test_an_upload_that_an_erasure_overtakes_ends_in_a_sentence_and_leaves_no_file(
    person: Applicant, officer: Officer, media_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = open_session(person.applications.get(), officer=officer)
    content = WEBM_HEAD + bytes(2000)
    upload = uploads.begin(officer, session, kind="interview", name="a.webm", length=len(content))
    sealed, writing = storage.write, []

    def overtaken(owner: CaptureSession | Upload, parts: Iterable[bytes]) -> StoredFile:
        stored = sealed(owner, parts)
        if isinstance(owner, CaptureSession):
            writing.append(stored.key)
            rights.erase_now(Applicant.objects.get(pk=person.pk))
        return stored

    monkeypatch.setattr(intake.storage, "write", overtaken)
    with pytest.raises(ProblemError) as ended:
        uploads.add(upload, [content], offset=0)
    assert (ended.value.code, len(writing)) == ("session_erased", 1)
    assert not [path for path in media_folder.rglob("*") if path.name == writing[0]]
    assert not Upload.objects.exists()
    with pytest.raises(ProblemError) as ended:
        uploads.add(upload, [content], offset=0)
    assert (ended.value.code, ended.value.status) == ("upload_ended", 410)


def test_the_pieces_of_a_live_recording_go_with_the_person(
    person: Applicant, officer: Officer, media_folder: Path,
    django_capture_on_commit_callbacks: object,
) -> None:  # fmt: skip
    session = open_session(person.applications.get(), officer=officer)
    live = capture.open_capture(officer, session, kind="interview")
    take = chunks.begin_take(live, media_type="", client="tab")
    for sequence in range(2):
        chunks.add_chunk(take, sequence, WEBM_HEAD + bytes(2000), t_end_s=sequence + 1.0)
    with django_capture_on_commit_callbacks(execute=True):
        rights.erase_now(person)
    assert stored_files(media_folder) == []

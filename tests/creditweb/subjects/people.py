"""Twenty people with everything that can be held about one, and a picture of all their rows."""

import hashlib
import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import F
from django.utils import timezone

from applicants.models import Applicant, Application, Branch, Officer
from creditweb.subjects.data_map import DATA
from media_processing.models import EmotionHistory, Recording, Series
from media_processing.services import jobs, storage
from media_processing.services.sessions import open_session
from scoring.models import (
    ApplicationDecision,
    BureauEnquiry,
    BureauRecord,
    ChallengerScore,
    DeclaredGroup,
    LoanOutcome,
    ReviewDecision,
    ReviewFlag,
    ScoreRevision,
)
from scoring.services.evidence import HandOver, accept
from scoring.services.rescore import rescore
from tests.factories import (
    ApplicantFactory,
    ApplicationFactory,
    ObservationFactory,
    RecordingFactory,
    give_consents,
)
from tests.scoring.engine import builders

SEEN_AT = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)


def make_person(number: int, officer: Officer, branch: Branch, *, decided: bool) -> Applicant:
    """Make a person with one application, one recording and rows of every kind."""
    applicant = ApplicantFactory(
        branch=branch, created_by=officer, given_name=f"Given{number}",
        family_name=f"Family{number}", national_id=f"ID-{number:04d}", phone=f"+31 20 {number:06d}",
        email=f"person{number}@example.org",
    )  # fmt: skip
    application = ApplicationFactory(applicant=applicant, branch=branch, created_by=officer)
    give_consents(applicant)
    rescore(application, ScoreRevision.Cause.APPLICATION_CREATED)
    _record(application, officer, number)
    _report(application, officer)
    if decided:
        _decide(application, officer)
    return applicant


def _record(application: Application, officer: Officer, number: int) -> Recording:
    session = open_session(application, officer=officer)
    content = f"recording of person {number}".encode() * 50
    stored = storage.write(session, [content])
    sound = storage.write(session, [b"sound" + content])
    recording = RecordingFactory(
        session=session, source_key=stored.key, audio_key=sound.key, sha256=stored.sha256,
        size_bytes=stored.size_bytes, original_name=f"Family{number}.mp4", duration_s=30.0,
    )  # fmt: skip
    jobs.create_job(recording)
    for __ in range(3):
        ObservationFactory(recording=recording)
    Series.objects.create(recording=recording, modality="face", content={"x": [[0, number]]})
    EmotionHistory.objects.create(
        recording=recording, method="product", network_version="1", network_sha256="0" * 64,
        content={"rows": [number]},
    )  # fmt: skip
    summary = builders.summary(builders.only("happy"))
    accept(
        application,
        HandOver(session.pk, recording.pk, "face", summary, SEEN_AT, handed_in_by=officer,
                 models=({"name": "face", "version": "1", "sha256": "f" * 64},)),
    )  # fmt: skip
    return recording


def _report(application: Application, officer: Officer) -> None:
    revision = application.score_revisions.order_by("-sequence").first()
    ChallengerScore.objects.create(
        revision=revision, estimator="ebm", version="1", sha256="e" * 64,
        probability_of_default=0.1,
    )  # fmt: skip
    DeclaredGroup.objects.create(
        applicant=application.applicant, attribute="sex", value="female", text_version="1",
        channel="signed", recorded_by=officer,
    )  # fmt: skip
    record = BureauRecord.objects.create(
        application=application, source="Bureau", reported_on=SEEN_AT.date(), factors={"a": "1"},
        sha256=hashlib.sha256(str(application.pk).encode()).hexdigest(),
        profile=application.profile(), received_by=officer,
    )  # fmt: skip
    BureauEnquiry.objects.create(
        application=application, consent=application.applicant.consents.first(), record=record,
        asked_by=officer, state="done",
    )  # fmt: skip
    flag = ReviewFlag.objects.create(
        application=application, revision=revision, rule_id="several_people", rule_version="1",
        title="Several people", text="Two people were seen.", observed=2, threshold=1, priority=2,
        due_at=SEEN_AT, session_id=uuid.uuid4(), modality="face", state=ReviewFlag.State.DISMISSED,
    )  # fmt: skip
    ReviewDecision.objects.create(
        flag=flag, officer=officer, outcome="dismiss", reason="Seen with Mrs. Family herself."
    )


def _decide(application: Application, officer: Officer) -> None:
    revision = application.score_revisions.order_by("-sequence").first()
    ApplicationDecision.objects.create(
        application=application, revision=revision, officer=officer, outcome="declined",
        reason="Mrs. Family asked for too much.",
    )  # fmt: skip
    Application.objects.filter(pk=application.pk).update(
        state="declined", decided_at=timezone.now() - timedelta(days=3)
    )
    LoanOutcome.objects.create(
        application=application, observed_on=SEEN_AT.date(), is_bad=False, source="page",
        recorded_by=officer,
    )  # fmt: skip


def pictures(people: list[Applicant]) -> dict[uuid.UUID, dict[str, tuple[int, str]]]:
    """Return, by person, the number of rows and the digest of every record class."""
    shown: dict[uuid.UUID, dict[str, tuple[int, str]]] = {each.pk: {} for each in people}
    for each in DATA:
        rows = each.model._default_manager.filter(**{f"{each.path}__in": list(shown)})
        found: dict[uuid.UUID, list[dict[str, Any]]] = {pk: [] for pk in shown}
        for row in rows.order_by("pk").annotate(of_person=F(each.path)).values():
            found[row.pop("of_person")].append(row)
        for pk, mine in found.items():
            shown[pk][each.label] = _digest(mine)
    return shown


def picture(applicant: Applicant) -> dict[str, tuple[int, str]]:
    """Return the same of one person."""
    return pictures([applicant])[applicant.pk]


def _digest(rows: list[dict[str, Any]]) -> tuple[int, str]:
    content = [
        {
            name: bytes(v).hex() if isinstance(v, memoryview | bytes) else v
            for name, v in row.items()
        }
        for row in rows
    ]
    text = json.dumps(content, sort_keys=True, cls=DjangoJSONEncoder)
    return len(content), hashlib.sha256(text.encode()).hexdigest()


def readable_files(applicant: Applicant) -> list[str]:
    """Return the digests of a person's decrypted recordings."""
    found = []
    for recording in Recording.objects.filter(session__application__applicant=applicant):
        for key in filter(None, (recording.source_key, recording.audio_key)):
            with storage.reading(recording.session, key) as sealed:
                found.append(hashlib.sha256(b"".join(sealed.iterate())).hexdigest())
    return sorted(found)

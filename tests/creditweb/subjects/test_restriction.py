"""While processing is restricted nothing is scored or analysed, and only the data officer reads."""

from collections.abc import Callable

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from applicants.errors import ProblemError
from applicants.models import Applicant, Officer, SubjectRequest
from applicants.selectors import applicants_for, applications_for, possible_duplicates
from applicants.services import applications, consents, erasure, subject_requests
from applicants.services.restrictions import RestrictedError
from creditweb.subjects import rights
from media_processing.models import CaptureSession, Stage
from media_processing.selectors import sessions_for
from media_processing.services import intake, jobs, leases
from media_processing.services.sessions import open_session
from scoring import portfolio
from scoring.batches.scored import score_piece
from scoring.engine.artifacts import load_estimators
from scoring.models import CurrentScore, Evidence, ScoreRevision
from scoring.paths import ARTIFACTS_DIR
from scoring.selectors import flags_for, revisions_for
from scoring.services import evidence, portfolio_rescoring, review, row_scores
from scoring.services import policy as policies
from scoring.services.rescore import rescore
from scoring.tasks import catch_up, rescore_open_applications
from tests.creditweb.subjects.people import SEEN_AT, builders, make_person
from tests.factories import ApplicantFactory

pytestmark = pytest.mark.django_db
ClientOf = Callable[[Officer], Client]


def ask(kind: str, applicant: Applicant, officer: Officer) -> SubjectRequest:
    return subject_requests.receive(applicant, kind, officer=officer)


@pytest.fixture
def restricted(person: Applicant, data_officer: Officer) -> Applicant:
    rights.restrict(ask("restrict", person, data_officer), officer=data_officer)
    return Applicant.objects.get(pk=person.pk)


def test_nothing_is_scored_by_hand_by_night_or_by_catching_up(
    restricted: Applicant, officer: Officer, senior: Officer
) -> None:
    application = restricted.applications.get()
    before = application.score_revisions.count()
    with pytest.raises(RestrictedError):
        rescore(application, ScoreRevision.Cause.REQUESTED)
    assert not portfolio_rescoring.portfolio().filter(pk=application.pk).exists()
    rescore_open_applications(ScoreRevision.Cause.REQUESTED)
    catch_up()
    with pytest.raises(RestrictedError):
        applications.revise_profile(application, officer=officer, annual_income=1)
    with pytest.raises(RestrictedError):
        applications.move(application, "declined", officer=officer)
    flag = application.flags.get()
    type(flag).objects.update(state="open")
    with pytest.raises(RestrictedError):
        review.decide_flag(flag, officer=senior, outcome="dismiss", reason="It is as it should be.")
    with pytest.raises(RestrictedError):
        consents.give(restricted, ["face"], officer=officer)
    assert application.score_revisions.count() == before


def test_no_officer_reads_the_name_as_a_possible_duplicate(
    restricted: Applicant, officer: Officer, data_officer: Officer
) -> None:
    twin = ApplicantFactory(
        branch=restricted.branch, created_by=officer, phone=restricted.phone, kind="person"
    )
    assert not possible_duplicates(officer, twin).exists()
    rights.lift(ask("lift", restricted, data_officer), officer=data_officer)
    assert list(possible_duplicates(officer, twin)) == [restricted]


def test_no_report_counts_the_person(restricted: Applicant) -> None:
    month = restricted.applications.get().score_revisions.first().created_at.date()
    assert not portfolio.scored_in(month.replace(day=1)).exists()
    restricted.restricted_at = None
    restricted.save()
    assert portfolio.scored_in(month.replace(day=1)).count() == 1


def test_a_running_stage_is_taken_from_its_worker_and_waits_for_the_end(
    person: Applicant, data_officer: Officer, django_capture_on_commit_callbacks: object
) -> None:
    stage = Stage.objects.get(state=Stage.State.QUEUED)
    held = leases.claim(stage.pk)
    assert held is not None
    with django_capture_on_commit_callbacks(execute=True):
        rights.restrict(ask("restrict", person, data_officer), officer=data_officer)
    stage.refresh_from_db()
    assert stage.state == Stage.State.QUEUED
    assert not leases.extend(held, done=1, total=2), "the worker goes on"
    assert leases.claim(stage.pk) is None
    Stage.objects.update(published_at=None)
    assert jobs.unpublished() == []
    rights.lift(ask("lift", person, data_officer), officer=data_officer)
    assert jobs.unpublished() == [stage.pk]
    assert leases.claim(stage.pk) is not None


def test_no_session_and_no_recording_is_taken(restricted: Applicant, officer: Officer) -> None:
    application = restricted.applications.get()
    with pytest.raises(RestrictedError):
        open_session(application, officer=officer)
    session = CaptureSession.objects.get(application=application)
    with pytest.raises(ProblemError):
        intake.check_allowed(officer, session, "interview", 1000)


def test_a_batch_and_a_single_row_refuse_the_number_of_the_application(
    restricted: Applicant, analyst: Officer
) -> None:
    number = restricted.applications.get().number
    with pytest.raises(ProblemError) as refused:
        row_scores.score({"reference": number, "annual_income": 1000}, officer=analyst)
    assert refused.value.code == "subject_restricted"
    policy = policies.active()
    scored = score_piece(
        f"{number},48000\nT-0,48000\n", columns=["reference", "annual_income"], delimiter=",",
        first_row=2, estimators=load_estimators(ARTIFACTS_DIR), policy=policy.parsed,
        refused_references=frozenset({number}),
    )  # fmt: skip
    assert (scored.good, scored.bad) == (1, 1)
    assert number in scored.refused


def test_only_the_data_officer_reads_it(
    restricted: Applicant, officer: Officer, auditor: Officer, data_officer: Officer,
    client_of: ClientOf,
) -> None:  # fmt: skip
    application = restricted.applications.get()
    for reader in (officer, auditor):
        assert not applicants_for(reader).filter(pk=restricted.pk).exists()
        assert not applications_for(reader).filter(pk=application.pk).exists()
        assert not revisions_for(reader).exists()
        assert not flags_for(reader).exists()
        assert not sessions_for(reader).exists()
        for page in ("applicant_detail", "media:applicant_sessions"):
            url = reverse(page, args=[restricted.pk])
            assert client_of(reader).get(url).status_code == 404
    url = reverse("applicant_detail", args=[restricted.pk])
    assert client_of(data_officer).get(url).status_code == 200


def test_the_end_scores_what_was_corrected_meanwhile(
    restricted: Applicant, data_officer: Officer
) -> None:
    application = restricted.applications.get()
    request = ask("rectify", restricted, data_officer)
    revision = rights.rectify(
        request, officer=data_officer, application=application, finances={"annual_income": 90_000}
    )
    assert revision is None
    assert rights.lift(ask("lift", restricted, data_officer), officer=data_officer) == 1
    newest = application.score_revisions.order_by("-sequence").first()
    assert newest.cause == ScoreRevision.Cause.RESTRICTION_LIFTED
    assert newest.profile.annual_income == 90_000


def test_consent_can_be_taken_back_meanwhile(restricted: Applicant, officer: Officer) -> None:
    evidence.withdraw(restricted, ["face"], officer=officer)
    assert Evidence.objects.get().withdrawn_at is not None


def test_an_objection_moves_the_score_at_once_and_keeps_later_evidence_out(
    person: Applicant, data_officer: Officer, officer: Officer
) -> None:
    application = person.applications.get()
    assert CurrentScore.objects.get(application=application).revision.evidence_ids
    seen = Evidence.objects.get()
    flag = application.flags.get()
    application.flags.update(session_id=seen.session_id, modality=seen.modality, state="open")
    assert (
        rights.object_to_behaviour(ask("object", person, data_officer), officer=data_officer) == 1
    )
    revision = CurrentScore.objects.get(application=application).revision
    assert revision.cause == ScoreRevision.Cause.OBJECTED
    assert (revision.evidence_ids, revision.adjustment) == ([], 0)
    flag.refresh_from_db()
    assert (flag.rule_id, flag.text, flag.state) == ("erased", "", "lapsed")
    session = CaptureSession.objects.get(application=application)
    assert not session.is_shredded, "the recording itself was not objected to"
    assert not session.observations.exists()
    with pytest.raises(ProblemError):
        evidence.accept(application, _another_hand_over(session))


def _another_hand_over(session: CaptureSession) -> evidence.HandOver:
    return evidence.HandOver(
        session.pk, session.recordings.get().pk, "face", builders.summary(builders.only("happy")),
        SEEN_AT,
    )  # fmt: skip


def test_a_running_loan_is_not_erased(person: Applicant, data_officer: Officer) -> None:
    person.applications.update(state="approved", decided_at=timezone.now())
    request = ask("erase", person, data_officer)
    with pytest.raises(ProblemError, match="loan is running"):
        rights.erase(request, officer=data_officer)
    subject_requests.refuse(request, officer=data_officer, reason="The loan runs until 2029.")
    assert SubjectRequest.objects.get().state == "refused"
    assert Applicant.objects.get(pk=person.pk).family_name


def test_only_the_data_officer_and_the_administrator_act(
    person: Applicant, officer: Officer, auditor: Officer, admin: Officer
) -> None:
    for other in (officer, auditor):
        with pytest.raises(ProblemError):
            ask("erase", person, other)
    assert ask("erase", person, admin).is_open


def test_append_only_rows_of_others_stay_shut_while_the_road_is_open(
    person: Applicant, officer: Officer, branch: object
) -> None:
    make_person(2, officer, branch, decided=True)
    for rows in (ScoreRevision.objects.all(), person.applications.get().profiles.all()):
        with pytest.raises(IntegrityError), transaction.atomic(), erasure.road():
            erasure.delete_rows(rows)

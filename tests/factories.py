"""One factory per record class; each makes the least that is valid, by way of the database."""

import hashlib
from datetime import UTC, date, datetime

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from applicants.models import Applicant, Application, Branch, Consent, FinancialProfile, Officer
from media_processing.models import (
    CaptureSession,
    Observation,
    ProcessingJob,
    QuestionList,
    Recording,
    Stage,
)
from media_processing.models.job import UPLOAD_STAGES, StageName
from media_processing.models.recording import Kind

PASSWORD = "a-long-test-password"
ALL_SCOPES = Consent.RECORDED


class BranchFactory(DjangoModelFactory):
    class Meta:
        model = Branch

    code = factory.Sequence(lambda n: f"B{n:03d}")
    name = factory.Sequence(lambda n: f"Branch {n}")
    country = "NL"


class OfficerFactory(DjangoModelFactory):
    """A loan officer; give ``role`` and ``branch`` for another one."""

    class Meta:
        model = Officer
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"officer{n}")
    role = Officer.Role.OFFICER
    branch = factory.SubFactory(BranchFactory)
    password = factory.django.Password(PASSWORD)


class ApplicantFactory(DjangoModelFactory):
    class Meta:
        model = Applicant

    branch = factory.SubFactory(BranchFactory)
    created_by = factory.SubFactory(OfficerFactory, branch=factory.SelfAttribute("..branch"))
    given_name = "Mira"
    family_name = factory.Sequence(lambda n: f"Sample{n}")
    date_of_birth = date(1984, 3, 9)


class ApplicationFactory(DjangoModelFactory):
    """A submitted application with one version of its profile."""

    class Meta:
        model = Application
        skip_postgeneration_save = True

    applicant = factory.SubFactory(
        ApplicantFactory,
        branch=factory.SelfAttribute("..branch"),
        created_by=factory.SelfAttribute("..created_by"),
    )
    branch = factory.SubFactory(BranchFactory)
    created_by = factory.SubFactory(OfficerFactory, branch=factory.SelfAttribute("..branch"))
    assigned_to = factory.SelfAttribute("created_by")
    number = factory.Sequence(lambda n: f"T-2026-{n:06d}")
    amount = 12_000
    currency = "EUR"
    term_months = 36
    purpose = Application.Purpose.CAR
    state = Application.State.SUBMITTED
    submitted_at = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
    profile = factory.RelatedFactory(
        "tests.factories.FinancialProfileFactory", factory_related_name="application"
    )


class FinancialProfileFactory(DjangoModelFactory):
    class Meta:
        model = FinancialProfile

    application = factory.SubFactory(ApplicationFactory, profile=None)
    version = 1
    created_by = factory.SelfAttribute("application.created_by")
    annual_income = 48_000
    monthly_debt_payments = 600
    employment_years = 5
    income_stable = True
    credit_history_years = 7
    overdue_payments = 0
    card_utilisation_percent = 25
    total_assets = 60_000
    total_liabilities = 20_000
    open_accounts = 4
    recent_enquiries = 1


class ConsentFactory(DjangoModelFactory):
    class Meta:
        model = Consent

    applicant = factory.SubFactory(ApplicantFactory)
    scope = Consent.Scope.RECORDING
    text_version = "2026-11"
    given_to = factory.SelfAttribute("applicant.created_by")


def give_consents(applicant: Applicant, *scopes: str) -> list[Consent]:
    """Record standing consents; all four scopes where none is named."""
    return [ConsentFactory(applicant=applicant, scope=scope) for scope in scopes or ALL_SCOPES]


class CaptureSessionFactory(DjangoModelFactory):
    class Meta:
        model = CaptureSession

    application = factory.SubFactory(ApplicationFactory)
    created_by = factory.SelfAttribute("application.created_by")


class RecordingFactory(DjangoModelFactory):
    """A recording whose file was received; give ``state`` and the keys for one that is done."""

    class Meta:
        model = Recording

    session = factory.SubFactory(CaptureSessionFactory)
    kind = Kind.INTERVIEW
    original_name = "interview.mp4"
    container = "mp4"
    sha256 = factory.Sequence(lambda n: hashlib.sha256(str(n).encode()).hexdigest())
    size_bytes = 1_000_000
    uploaded_by = factory.SelfAttribute("session.created_by")


class ProcessingJobFactory(DjangoModelFactory):
    """A job with its five stages; the first is queued, the rest wait."""

    class Meta:
        model = ProcessingJob
        skip_postgeneration_save = True

    recording = factory.SubFactory(RecordingFactory)

    @factory.post_generation
    def stages(self, create: bool, extracted: object, **kwargs: object) -> None:
        for position, name in enumerate(UPLOAD_STAGES):
            queued = {"state": Stage.State.QUEUED, "queued_at": timezone.now()}
            StageFactory(job=self, name=name, position=position, **(queued if not position else {}))


class StageFactory(DjangoModelFactory):
    class Meta:
        model = Stage

    job = factory.SubFactory(ProcessingJobFactory)
    name = StageName.CANONICALISE
    position = 0


class ObservationFactory(DjangoModelFactory):
    class Meta:
        model = Observation

    recording = factory.SubFactory(RecordingFactory)
    session = factory.SelfAttribute("recording.session")
    modality = "face"
    t_start_s = factory.Sequence(lambda n: n * 0.2)
    t_end_s = factory.LazyAttribute(lambda row: row.t_start_s + 0.2)
    probabilities = [0.05, 0.05, 0.05, 0.6, 0.15, 0.05, 0.05]
    valence = 0.5
    arousal = 0.2
    confidence = 0.9
    quality = 0.8


class QuestionListFactory(DjangoModelFactory):
    """A branch's own list of two questions."""

    class Meta:
        model = QuestionList

    branch = factory.SubFactory(BranchFactory)
    created_by = factory.SubFactory(OfficerFactory, branch=factory.SelfAttribute("..branch"))
    name = factory.Sequence(lambda n: f"Car loans {n}")
    purpose = QuestionList.Purpose.CONSUMER
    language = QuestionList.Language.EN
    mode = QuestionList.Mode.INTERVIEW
    questions = ["Which car is it?", "How will you pay for it?"]

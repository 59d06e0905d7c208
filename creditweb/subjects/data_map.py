"""Which records hold something about a person, and how each of them leads to that person.

The copy of all data, the page of data and keys, and the tests of erasure all read this one table;
a record class that points at an applicant and does not stand here fails a test.
"""

from dataclasses import dataclass

from django.db.models import Model, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from applicants.models import (
    Applicant,
    Application,
    AuditEvent,
    Consent,
    FinancialProfile,
    SubjectRequest,
)
from applicants.services.readings import LISTINGS
from media_processing.models import (
    CaptureSession,
    EmotionHistory,
    LiveCapture,
    LiveChunk,
    LiveProgress,
    LiveQuestion,
    LiveTake,
    Observation,
    ProcessingJob,
    QuestionMark,
    Recording,
    Series,
    ShadowRun,
    Stage,
    SubjectExport,
    Upload,
)
from scoring.models import (
    ApplicationDecision,
    BureauEnquiry,
    BureauRecord,
    ChallengerScore,
    CurrentScore,
    DeclaredGroup,
    Evidence,
    LoanOutcome,
    ReviewDecision,
    ReviewFlag,
    ScoreRevision,
)

APPLICATION, SESSION = "application__applicant", "session__application__applicant"
RECORDING = f"recording__{SESSION}"
LIVE = f"live__{RECORDING}"
# Keys and names of sealed files say nothing about a person, and would open what they seal.
SECRET = ("data_key", "source_key", "playback_key", "audio_key", "parts", "key")


@dataclass(frozen=True, slots=True)
class DataClass:
    """One record class: what it holds about a person, and the lookup that leads to the person."""

    model: type[Model]
    path: str
    holds: str | Promise
    is_encrypted: bool = False

    def rows_of(self, applicant: Applicant) -> QuerySet[Model]:
        rows = self.model._default_manager.order_by("pk")
        return rows.filter(**{self.path: applicant.pk})

    @property
    def label(self) -> str:
        return self.model._meta.label

    @property
    def fields(self) -> list[str]:
        """The columns that a copy of the data holds."""
        names = [field.attname for field in self.model._meta.concrete_fields]
        return [name for name in names if name not in SECRET]


DATA: tuple[DataClass, ...] = (
    DataClass(Applicant, "pk", _("Name, birth or founding date, ids, e-mail, phone"), True),
    DataClass(Consent, "applicant", _("What was allowed, when, and under which text")),
    DataClass(SubjectRequest, "applicant", _("Requests about the own data, and why"), True),
    DataClass(Application, "applicant", _("Amount, term, purpose and state of a loan")),
    DataClass(FinancialProfile, APPLICATION, _("Income, debts, assets and credit history")),
    DataClass(DeclaredGroup, "applicant", _("Declared sex, age group, disability"), True),
    DataClass(BureauEnquiry, APPLICATION, _("Questions to a credit bureau, and their end")),
    DataClass(BureauRecord, APPLICATION, _("Reports of a credit bureau")),
    DataClass(Evidence, APPLICATION, _("What a recording hands to the score")),
    DataClass(ScoreRevision, APPLICATION, _("Scores with reasons, never changed")),
    DataClass(CurrentScore, APPLICATION, _("The newest score, for lists")),
    DataClass(ChallengerScore, f"revision__{APPLICATION}", _("Scores of estimators in shadow")),
    DataClass(ReviewFlag, APPLICATION, _("What a rule asked a second person to look at")),
    DataClass(ReviewDecision, f"flag__{APPLICATION}", _("What the second person decided, and why")),
    DataClass(ApplicationDecision, APPLICATION, _("The decision of a person, and why")),
    DataClass(LoanOutcome, APPLICATION, _("What became of the loan")),
    DataClass(CaptureSession, APPLICATION, _("Interviews and visits; one data key each"), True),
    DataClass(Recording, SESSION, _("Recordings, their names and summaries; files sealed"), True),
    DataClass(Upload, SESSION, _("Recordings that are still arriving"), True),
    DataClass(LiveCapture, RECORDING, _("Recordings while they are made; whose face and voice")),
    DataClass(LiveTake, LIVE, _("Parts of a live recording")),
    DataClass(LiveChunk, f"take__{LIVE}", _("Pieces of a live recording; files sealed"), True),
    DataClass(LiveQuestion, LIVE, _("Questions that were asked")),
    DataClass(QuestionMark, f"take__{LIVE}", _("Where answers start and end")),
    DataClass(LiveProgress, LIVE, _("How far a live recording is analysed; places of faces")),
    DataClass(ProcessingJob, RECORDING, _("Work on recordings")),
    DataClass(Stage, f"job__{RECORDING}", _("Steps of that work and what they measured")),
    DataClass(Observation, RECORDING, _("Observed expression signals over time")),
    DataClass(Series, RECORDING, _("Measured curves over time")),
    DataClass(EmotionHistory, RECORDING, _("Face, voice and gait put together over time")),
    DataClass(ShadowRun, RECORDING, _("Comparison of a network in shadow")),
    DataClass(SubjectExport, "request__applicant", _("Copies of all data, sealed"), True),
)

NAMED_IN_AUDIT = (
    Applicant, Application, CaptureSession, Recording, ProcessingJob, LiveCapture, ReviewFlag,
    SubjectRequest,
)  # fmt: skip


def audit_rows_of(applicant: Applicant) -> QuerySet[AuditEvent]:
    """Return the audit rows about the applicant, what belongs to them, and lists they stood in."""
    keys: list[str] = []
    for each in DATA:
        if each.model in NAMED_IN_AUDIT:
            keys += [str(pk) for pk in each.rows_of(applicant).values_list("pk", flat=True)]
    listed = Q(action__in=LISTINGS, detail__people__contains=[str(applicant.pk)])
    return AuditEvent.objects.filter(Q(object_id__in=keys) | listed).order_by("id")

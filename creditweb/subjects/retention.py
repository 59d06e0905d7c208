"""How long each kind of data is kept, and deleting what is past its time.

Where somebody restricted processing, nothing is deleted: the restriction may be there to keep a
proof (Art. 18(1)(c) GDPR). Simulated people of a demo are no people and have no time.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Exists, Max, Model, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from applicants.models import Applicant, Application
from applicants.selectors import processable
from applicants.services import audit
from creditweb.subjects import exports, rights
from creditweb.subjects.retention_start import counted_from
from media_processing.models import (
    CaptureSession,
    LiveCapture,
    Observation,
    ProcessingJob,
    Recording,
    SubjectExport,
    Upload,
)
from media_processing.models.job import MODALITY_STAGES
from media_processing.services import observations, storage
from media_processing.services.live.forgetting import forget_subject, with_traces
from media_processing.services.uploads import remove_expired as remove_expired_uploads
from scoring.models import BatchJob, CreditTable, EvaluationKeys, TrainingRun
from scoring.privacy.homomorphic.limits import KEY_DAYS
from scoring.services import credit_tables, evaluation_keys
from scoring.services.batches import remove_expired as remove_expired_batches

logger = structlog.get_logger(__name__)
ROWS_A_NIGHT = 5000


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of data: for how many days it is kept, what may go, and how it is deleted.

    Of the rows ``kept`` those that ``may_go`` are deleted once their time is over.
    """

    name: str
    title: str | Promise
    days: Callable[[], float]
    kept: Callable[[], QuerySet[Model]]
    time_field: str
    delete: Callable[[QuerySet[Model]], int]
    may_go: Callable[[], Q] = Q

    @property
    def before(self) -> datetime:
        return timezone.now() - timedelta(days=self.days())

    def due(self) -> QuerySet[Model]:
        return self.kept().filter(self.may_go(), **{f"{self.time_field}__lt": self.before})


@dataclass(frozen=True, slots=True)
class Due:
    """What a rule finds: rows kept, rows whose time is over, and when the next may go."""

    name: str
    title: str | Promise
    days: float
    kept: int
    due: int
    next_at: datetime | None


# --- what is kept ---------------------------------------------------------------------------------


def _sessions() -> QuerySet[CaptureSession]:
    """Sessions with readable recordings, by the newest of them."""
    rows = CaptureSession.objects.filter(_real("application__applicant"), data_key__isnull=False)
    return rows.annotate(newest=Max("recordings__created_at"))


def _is_processed() -> Q:
    """Sessions none of whose recordings is still being processed."""
    open_jobs = ProcessingJob.objects.filter(
        recording__session=OuterRef("pk"), state__in=ProcessingJob.OPEN_STATES
    )
    return ~Exists(open_jobs) & processable("application__applicant")


def _observed() -> QuerySet[Recording]:
    seen = Observation.objects.filter(recording=OuterRef("pk"))
    # A discarded recording, or one in which nobody was observed, has no rows.
    live = with_traces(LiveCapture.objects.filter(recording=OuterRef("pk")))
    return Recording.objects.filter(
        Exists(seen) | Exists(live), _real("session__application__applicant")
    )


def _people() -> QuerySet[Applicant]:
    """People with applications, by the day from which the time of the newest counts."""
    rows = Applicant.objects.filter(simulated=False, erased_at__isnull=True)
    rows = rows.filter(applications__isnull=False)
    return rows.annotate(newest=Max(counted_from("applications__")))


def _is_over() -> Q:
    """People of whom nothing is open, and no loan is kept always or of unknown beginning."""
    kept = Q(state__in=Application.OPEN_STATES)
    approved = Q(state=Application.State.APPROVED)
    if settings.KEEP_APPROVED == "always":
        kept |= approved
    kept |= approved & Q(decided_at__isnull=True)
    held = Application.objects.filter(kept, applicant=OuterRef("pk"))
    return ~Exists(held) & processable()


def _tables() -> QuerySet[CreditTable]:
    """Tables of past loans that can be read, by the day of their newest training."""
    rows = CreditTable.objects.filter(data_key__isnull=False)
    return rows.annotate(newest=Coalesce(Max("runs__created_at"), "created_at"))


def _is_at_rest() -> Q:
    """Tables that no training waits for or reads."""
    training = TrainingRun.objects.filter(table=OuterRef("pk"), state__in=TrainingRun.OPEN_STATES)
    return ~Exists(training)


def _real(path: str) -> Q:
    return Q(**{f"{path}__simulated": False})


# --- how it is deleted ----------------------------------------------------------------------------


def _shred(rows: Iterable[CaptureSession]) -> int:
    count = 0
    for row in rows:
        with transaction.atomic():
            session = CaptureSession.objects.select_for_update().get(pk=row.pk)
            storage.shred(session)
            audit.record("session.media_expired", obj=session)
            count += 1
    return count


def _forget(rows: Iterable[Recording]) -> int:
    count = 0
    for row in rows:
        with transaction.atomic():
            recording = Recording.objects.select_for_update().get(pk=row.pk)
            for modality in MODALITY_STAGES:
                observations.forget(recording, modality)
            forget_subject(LiveCapture.objects.filter(recording=recording))
            recording.summary, recording.quality = {}, []
            recording.save(update_fields=["summary", "quality"])
            audit.record("recording.observations_expired", obj=recording)
            count += 1
    return count


def _erase(rows: Iterable[Applicant]) -> int:
    count = 0
    for row in rows:
        with transaction.atomic():
            applicant = Applicant.objects.select_for_update().get(pk=row.pk)
            rights.erase_now(applicant)
            count += 1
    return count


def _destroy(rows: Iterable[CreditTable]) -> int:
    return sum(credit_tables.expire(row) for row in rows)


def _by(remove: Callable[[], int]) -> Callable[[object], int]:
    """Leave the deletion to the service that knows which rows are due."""
    return lambda _rows: remove()


RULES: tuple[Rule, ...] = (
    Rule("recordings", _("Recordings"), lambda: settings.RETENTION_DAYS["recordings"],
         _sessions, "newest", _shred, _is_processed),
    Rule("observations", _("Observed signals and curves"),
         lambda: settings.RETENTION_DAYS["observations"], _observed, "created_at", _forget,
         lambda: processable("session__application__applicant")),
    Rule("decisions", _("Applications, scores and decisions"),
         lambda: settings.RETENTION_DAYS["decisions"], _people, "newest", _erase, _is_over),
    Rule("exports", _("Copies of all data"), lambda: 0,
         lambda: SubjectExport.objects.filter(removed_at__isnull=True), "expires_at",
         _by(exports.remove_expired)),
    Rule("uploads", _("Uploads that nobody finished"), lambda: 0, Upload.objects.all,
         "expires_at", _by(remove_expired_uploads)),
    Rule("batches", _("Files of batches"), lambda: 0,
         lambda: BatchJob.objects.filter(removed_at__isnull=True), "expires_at",
         _by(remove_expired_batches)),
    Rule("tables", _("Tables of past loans"), lambda: settings.RETENTION_DAYS["tables"],
         _tables, "newest", _destroy, _is_at_rest),
    Rule("evaluation_keys", _("Evaluation keys of encrypted scoring"), lambda: 0,
         lambda: EvaluationKeys.objects.filter(removed_at__isnull=True), "expires_at",
         _by(evaluation_keys.remove_expired)),
)  # fmt: skip
KEPT_FOR = {
    "exports": lambda: settings.SUBJECT_EXPORT_DAYS,
    "uploads": lambda: settings.UPLOAD_EXPIRES_S / 86_400,
    "batches": lambda: settings.BATCH_RETENTION_DAYS,
    "evaluation_keys": lambda: KEY_DAYS,
}


def report() -> list[Due]:
    """Return what each rule keeps and what it would delete now; nothing is changed."""
    return [_report(rule) for rule in RULES]


def _report(rule: Rule) -> Due:
    kept = rule.kept().filter(**{f"{rule.time_field}__isnull": False})
    going = kept.filter(rule.may_go()).order_by(rule.time_field)
    oldest = going.values_list(rule.time_field, flat=True).first()
    next_at = oldest + timedelta(days=rule.days()) if oldest else None
    days = KEPT_FOR.get(rule.name, rule.days)()
    return Due(rule.name, rule.title, days, kept.count(), rule.due().count(), next_at)


def apply() -> dict[str, int]:
    """Delete what is past its time; return how many rows of each kind.

    Each row is a transaction of its own: after an interruption the next night goes on.
    """
    done = {rule.name: rule.delete(rule.due()[:ROWS_A_NIGHT]) for rule in RULES}
    if any(done.values()):
        audit.record("retention.applied", **done)
        logger.info("retention_applied", **done)
    return done

"""What a person asked about the own data, and what became of it."""

import uuid
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from applicants.models.applicant import Applicant
from applicants.models.fields import EncryptedTextField

# One month by Art. 12(3) GDPR; thirty days are the shortest of what it allows.
ANSWER_WITHIN = timedelta(days=30)


def due_time() -> object:
    return timezone.now() + ANSWER_WITHIN


class SubjectRequest(models.Model):
    """One request of one applicant. ``result`` holds counts and codes, never personal data."""

    class Kind(models.TextChoices):
        EXPORT = "export", _("A copy of all data")
        RECTIFY = "rectify", _("Correction")
        RESTRICT = "restrict", _("Restriction of processing")
        LIFT = "lift", _("End of the restriction")
        OBJECT = "object", _("Objection to the behavioural part")
        CONCEDE = "concede", _("End of the objection")
        ERASE = "erase", _("Erasure")

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        DONE = "done", _("Done")
        REFUSED = "refused", _("Refused")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    applicant = models.ForeignKey(
        Applicant, on_delete=models.PROTECT, related_name="subject_requests"
    )
    kind = models.CharField(max_length=8, choices=Kind.choices)
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    received_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField(default=due_time)
    note = EncryptedTextField(null=True, blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    done_at = models.DateTimeField(null=True, blank=True)
    result = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["-received_at"]
        indexes = [models.Index(fields=["state", "due_at"], name="subject_requests_due")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.received_at:%Y-%m-%d}"

    @property
    def is_open(self) -> bool:
        return self.state == self.State.OPEN

    @property
    def is_overdue(self) -> bool:
        return self.is_open and self.due_at < timezone.now()

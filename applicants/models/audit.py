"""Who did what, when, from where. Rows are only ever added; each seals the one before."""

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.db import models


class AuditEvent(models.Model):
    """``detail`` never holds personal data: field names, codes, counts and figures only."""

    at = models.DateTimeField()
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    action = models.CharField(max_length=60)
    object_type = models.CharField(max_length=60, blank=True)
    object_id = models.CharField(max_length=64, blank=True)
    detail = models.JSONField(default=dict)
    ip = models.GenericIPAddressField(null=True, blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    previous_digest = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["object_type", "object_id", "-id"], name="audit_of_an_object"),
            # What names an object by its id alone, and the lists that somebody stood in.
            models.Index(fields=["object_id"], name="audit_of_an_id"),
            GinIndex(
                models.F("detail__people"),
                name="audit_of_listed_people",
                condition=models.Q(action__in=["records.listed", "admin.listed"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.action}"

"""Which key seals what: fingerprints and counts, never a key itself."""

import hashlib
import hmac
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Model, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from applicants.models.fields import KEY_VERSION
from media_processing.models import CaptureSession, SubjectExport, Upload
from scoring.models import BatchJob, CreditTable

FINGERPRINT_DIGITS = 12


@dataclass(frozen=True, slots=True)
class InstallationKey:
    """A key of the environment, named by a fingerprint that tells nothing about it."""

    name: str | Promise
    variable: str
    seals: str | Promise
    fingerprint: str
    version: str


@dataclass(frozen=True, slots=True)
class DataKeys:
    """Data keys that are stored wrapped by the media key: how many live and were destroyed."""

    name: str | Promise
    seals: str | Promise
    alive: int
    destroyed: int


def installation_keys() -> list[InstallationKey]:
    """Return the keys of the installation. The media key is the master of every data key."""
    return [
        _key(_("Media key (master of all data keys)"), "MEDIA_KEY", _("Wraps each data key")),
        _key(_("Field key"), "FIELD_KEY", _("Personal data columns"), KEY_VERSION),
        _key(_("Index key"), "INDEX_KEY", _("Blind indexes for the search")),
        _key(_("Audit key"), "AUDIT_KEY", _("The chain of the audit trail")),
    ]


def _key(name: Promise, setting: str, seals: Promise, version: str = "1") -> InstallationKey:
    key: bytes = getattr(settings, setting)
    return InstallationKey(name, f"CREDITWEB_{setting}", seals, fingerprint(key), version)


def fingerprint(key: bytes) -> str:
    """Return a name for a key: HMAC-SHA256 of a constant, so that it tells nothing about it."""
    digest = hmac.new(key, b"creditweb key fingerprint", hashlib.sha256).hexdigest()
    return digest[:FINGERPRINT_DIGITS]


def data_keys() -> list[DataKeys]:
    """Count the wrapped keys; whoever destroys one makes its files unreadable for good."""
    return [
        _count(_("Sessions"), _("Recordings of one session"), CaptureSession.objects.all()),
        _count(_("Uploads"), _("A recording that is arriving"), Upload.objects.all()),
        _count(_("Copies of all data"), _("The ZIP of one request"), SubjectExport.objects.all()),
        _count(_("Batches"), _("A file of applicants and its result"), BatchJob.objects.all()),
        _count(_("Tables of loans"), _("A table for a training"), CreditTable.objects.all()),
    ]


def _count(name: Promise, seals: Promise, rows: QuerySet[Model]) -> DataKeys:
    alive = rows.filter(data_key__isnull=False).count()
    return DataKeys(name, seals, alive, rows.count() - alive)

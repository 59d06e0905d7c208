"""Which key seals what: fingerprints and counts, never a key itself."""

import hashlib
import hmac
from dataclasses import dataclass

from django.apps import apps
from django.conf import settings
from django.db.models import Model
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from applicants.models.fields import KEY_VERSION
from media_processing.models import CaptureSession, SubjectExport, Upload
from scoring.models import BatchJob, CreditTable, EvaluationKeys

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


# What one data key of a record class seals; of other classes their own name says enough.
SEALED = {
    CaptureSession: _("Recordings of one session"),
    Upload: _("A recording that is arriving"),
    SubjectExport: _("The copy of all data of one request"),
    BatchJob: _("A file of applicants and its result"),
    CreditTable: _("A table for a training"),
    EvaluationKeys: _("What a client sent for scoring its encrypted rows"),
}


def data_keys() -> list[DataKeys]:
    """Count the wrapped keys of every record class that has one.

    Whoever destroys a key makes its files unreadable for good.
    """
    sealing = [model for model in apps.get_models() if _has_key(model)]
    return [_count(model) for model in sorted(sealing, key=lambda each: each not in SEALED)]


def _has_key(model: type[Model]) -> bool:
    return any(field.name == "data_key" for field in model._meta.concrete_fields)


def _count(model: type[Model]) -> DataKeys:
    rows = model._default_manager.order_by()
    alive = rows.filter(data_key__isnull=False).count()
    name = gettext(str(model._meta.verbose_name_plural))
    return DataKeys(name, SEALED.get(model, ""), alive, rows.count() - alive)

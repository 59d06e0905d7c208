"""The person or small business that asks for a loan."""

import uuid
from datetime import date

from django.conf import settings
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from applicants.models.fields import EncryptedDateField, EncryptedTextField, blind_index
from applicants.models.officer import Branch

INDEX_DIGITS = 64


class Applicant(models.Model):
    class Kind(models.TextChoices):
        PERSON = "person", _("Person")
        BUSINESS = "business", _("Small business")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.PERSON)
    branch = models.ForeignKey(Branch, on_delete=models.PROTECT)

    given_name = EncryptedTextField(null=True, blank=True)
    family_name = EncryptedTextField(null=True, blank=True)
    date_of_birth = EncryptedDateField(null=True, blank=True)
    national_id = EncryptedTextField(null=True, blank=True)
    name = EncryptedTextField(null=True, blank=True)
    registration_number = EncryptedTextField(null=True, blank=True)
    founded = models.DateField(null=True, blank=True)
    email = EncryptedTextField(null=True, blank=True)
    phone = EncryptedTextField(null=True, blank=True)
    country = models.CharField(max_length=2, blank=True)

    full_name_index = models.CharField(max_length=INDEX_DIGITS, blank=True, db_index=True)
    family_name_index = models.CharField(max_length=INDEX_DIGITS, blank=True, db_index=True)
    phone_index = models.CharField(max_length=INDEX_DIGITS, blank=True, db_index=True)
    email_index = models.CharField(max_length=INDEX_DIGITS, blank=True, db_index=True)
    identity_index = models.CharField(max_length=INDEX_DIGITS, blank=True, db_index=True)

    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    simulated = models.BooleanField(default=False)

    # Rights of the person, each with the time from which it holds (docs/guides/subject_rights.md).
    restricted_at = models.DateTimeField(null=True, blank=True)
    objected_at = models.DateTimeField(null=True, blank=True)
    erased_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        indexes = [
            models.Index(
                fields=["restricted_at"],
                condition=models.Q(restricted_at__isnull=False),
                name="restricted_applicants",
            )
        ]

    def __str__(self) -> str:
        return self.display_name

    @property
    def display_name(self) -> str:
        if self.erased_at is not None:
            return gettext("Erased applicant")
        if self.kind == self.Kind.BUSINESS:
            return self.name
        return f"{self.given_name} {self.family_name}".strip()

    @property
    def age_band(self) -> str:
        """Return a band of ten years, all that a page shows without revealing personal data."""
        if not self.date_of_birth:
            return ""
        born = date.fromisoformat(str(self.date_of_birth))
        today = date.today()  # noqa: DTZ011  # an age counts calendar days where the officer is
        age = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
        return f"{age // 10 * 10}–{age // 10 * 10 + 9}"

    def index(self) -> None:
        """Set the blind indexes from the personal data."""
        full_name = "" if self.erased_at else self.display_name
        self.full_name_index = blind_index("name", full_name)
        self.family_name_index = blind_index("family_name", self.family_name or "")
        self.phone_index = blind_index("phone", digits(self.phone or ""))
        self.email_index = blind_index("email", self.email or "")
        self.identity_index = blind_index(
            "identity", self.national_id or self.registration_number or ""
        )

    def save(self, *args: object, **kwargs: object) -> None:
        self.index()
        super().save(*args, **kwargs)  # type: ignore[arg-type]


def digits(phone: str) -> str:
    """Return the digits of a telephone number, as it is indexed."""
    return "".join(character for character in phone if character.isdigit())

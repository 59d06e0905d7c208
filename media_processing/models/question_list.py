"""Lists of questions that an officer may ask in an interview."""

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from applicants.models import Branch

MOST_QUESTIONS = 30
MOST_CHARACTERS = 300


class QuestionList(models.Model):
    """A list without a branch is built in: everybody may copy it, nobody may change it here.

    ``version`` counts the changes, so that of two officers who edit one list the second is told.
    A recording keeps its own copy of what was asked; a later change leaves it as it was.
    """

    class Purpose(models.TextChoices):
        CONSUMER = "consumer", _("Consumer loan")
        SMALL_BUSINESS = "small_business", _("Small business")
        HARDSHIP = "hardship", _("Hardship talk")
        OTHER = "other", _("Other")

    class Language(models.TextChoices):
        EN = "en", _("English")
        ZH = "zh", _("Chinese")
        # Read by the officer: no browser is asked for a voice of a language that is not known.
        OTHER = "und", _("Another language")

    class Mode(models.TextChoices):
        INTERVIEW = "interview", _("Interview")
        VOICE = "voice", _("Voice answers")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    code = models.SlugField(null=True, blank=True, unique=True)
    name = models.CharField(max_length=100)
    purpose = models.CharField(max_length=16, choices=Purpose.choices)
    language = models.CharField(max_length=3, choices=Language.choices)
    mode = models.CharField(max_length=9, choices=Mode.choices, default=Mode.INTERVIEW)
    branch = models.ForeignKey(Branch, on_delete=models.PROTECT, null=True, blank=True)
    questions = ArrayField(models.CharField(max_length=MOST_CHARACTERS), size=MOST_QUESTIONS)
    version = models.PositiveIntegerField(default=1)
    archived_at = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["mode", "purpose", "language", "name"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(code__isnull=False, branch__isnull=True)
                | models.Q(code__isnull=True, branch__isnull=False),
                name="built_in_or_of_a_branch",
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_built_in(self) -> bool:
        return self.branch_id is None

    @property
    def is_archived(self) -> bool:
        return self.archived_at is not None

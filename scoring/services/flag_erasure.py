"""Erasing what a flag saw: with the evidence it rests on go its sentence, its rule and its figure.

The row stays, because a second person's decision points at it and because who may decide a case
depends on whether it was ever flagged. One that nobody has decided lapses: nothing is left to see.
"""

from collections.abc import Collection, Iterable

from applicants.models import Application
from applicants.services import audit
from scoring.engine.flag_words import ERASED
from scoring.engine.flags import RULES
from scoring.models import Evidence, ReviewFlag

READING_BEHAVIOUR = frozenset(rule.rule_id for rule in RULES if rule.reads_behaviour)
# It compares checksums of files and tells nothing about a person.
ABOUT_FILES = frozenset({"repeated_recording"})


def erase_flags_of(rows: Collection[Evidence]) -> int:
    """Empty the flags that rest on these rows of evidence; return how many.

    The caller holds a transaction, and has not emptied the revisions of the flags yet.
    """
    ids = {str(row.pk) for row in rows}
    seen = {(row.session_id, row.modality) for row in rows}
    seen |= {(row.session_id, "") for row in rows}  # face and voice against each other
    flags = ReviewFlag.objects.filter(application__in={row.application_id for row in rows})
    flags = flags.exclude(rule_id__in=ABOUT_FILES)
    return _empty(
        flag.pk
        for flag in flags.select_related("revision")
        if (flag.session_id, flag.modality) in seen
        or (flag.rule_id in READING_BEHAVIOUR and ids & set(flag.revision.evidence_ids))
    )


def erase_flags_on(applications: Iterable[Application]) -> int:
    """Empty every flag of these applications that looked at a recording; return how many."""
    flags = ReviewFlag.objects.filter(application__in=[each.pk for each in applications])
    flags = flags.exclude(rule_id__in=ABOUT_FILES)
    behind = READING_BEHAVIOUR
    return _empty(
        flag.pk for flag in flags if flag.modality or flag.session_id or flag.rule_id in behind
    )


def _empty(keys: Iterable[object]) -> int:
    flags = ReviewFlag.objects.filter(pk__in=list(keys))
    lapsing = list(
        flags.filter(state__in=ReviewFlag.UNDECIDED_STATES).select_related("application")
    )
    for flag in lapsing:
        audit.record("flag.lapsed", obj=flag.application, flag=str(flag.pk))
    flags.filter(pk__in=[flag.pk for flag in lapsing]).update(state=ReviewFlag.State.LAPSED)
    return flags.update(
        rule_id=ReviewFlag.ERASED, title=ERASED, text="", observed=0.0, threshold=0.0,
        session_id=None, modality="",
    )  # fmt: skip

"""What a flag saw goes with the evidence that it rests on, and with nothing else."""

import uuid
from importlib import import_module

import pytest
from django.apps import apps
from django.test import Client
from django.urls import reverse

from applicants.errors import ProblemError
from applicants.models import Application, AuditEvent, Officer
from scoring.models import Evidence, ReviewFlag
from scoring.services import erasure, evidence, review
from tests.factories import give_consents
from tests.scoring.conftest import HandOverOf

pytestmark = pytest.mark.django_db
AGITATED = {"sustained_s": 12.5}
EMPTY = ("erased", "Erased with its evidence", "", 0.0, 0.0, None, "")


@pytest.fixture
def flagged(scored: Application, hand_over: HandOverOf) -> Application:
    """Flags of face and voice of one session, and of the file itself."""
    session = uuid.uuid4()
    evidence.accept(scored, hand_over(recording_sha256="a" * 64))
    evidence.accept(
        scored,
        hand_over("angry", AGITATED, session_id=session, recording_sha256="a" * 64),
        hand_over("angry", AGITATED, session_id=session, modality="voice"),
    )
    assert _rules(scored) >= {
        ("sustained_fear_anger", "face"), ("sustained_fear_anger", "voice"),
        ("repeated_recording", "face"),
    }  # fmt: skip
    return scored


def _rules(application: Application) -> set[tuple[str, str]]:
    return set(application.flags.values_list("rule_id", "modality"))


def _content(flag: ReviewFlag) -> tuple[object, ...]:
    names = ("rule_id", "title", "text", "observed", "threshold", "session_id", "modality")
    return tuple(getattr(flag, name) for name in names)


def test_a_withdrawn_consent_empties_its_flags_at_once(
    flagged: Application, officer: Officer, senior: Officer
) -> None:
    flag = flagged.flags.get(rule_id="sustained_fear_anger", modality="face")
    evidence.withdraw(flagged.applicant, ["face"], officer=officer)
    flag.refresh_from_db()
    assert _content(flag) == EMPTY
    assert (flag.state, flag.is_undecided, flag.is_erased) == ("lapsed", False, True)
    assert ("sustained_fear_anger", "voice") in _rules(flagged), "the voice is still allowed"
    assert ("repeated_recording", "face") in _rules(flagged), "it tells of a file, not a person"
    told = AuditEvent.objects.filter(action="flag.lapsed", detail__flag=str(flag.pk))
    assert told.get().object_id == str(flagged.pk)
    with pytest.raises(ProblemError, match="decided this flag already"):
        review.decide_flag(flag, officer=senior, outcome="uphold", reason="Seen in the picture.")


def test_flags_of_behaviour_against_the_score_go_with_any_of_their_evidence(
    scored: Application, hand_over: HandOverOf, officer: Officer
) -> None:
    session = uuid.uuid4()
    revision = evidence.accept(
        scored,
        hand_over("happy", session_id=session),
        hand_over("sad", session_id=session, modality="voice"),
    )
    made = [
        ReviewFlag.objects.create(
            application=scored, revision=revision, rule_id=rule, rule_version="1", title="T",
            text="Seen.", observed=1, threshold=0.5, priority=1, due_at=revision.created_at,
            session_id=of,
        )
        for rule, of in (
            ("behaviour_changes_class", None), ("voice_face_contradiction", session),
            ("estimators_disagree", None),
        )
    ]  # fmt: skip
    evidence.withdraw(scored.applicant, ["face"], officer=officer)
    for flag in made:
        flag.refresh_from_db()
    assert [flag.is_erased for flag in made] == [True, True, False]
    assert made[2].text == "Seen."


def test_a_decided_flag_keeps_its_outcome(
    flagged: Application, officer: Officer, second_senior: Officer
) -> None:
    flag = flagged.flags.get(rule_id="sustained_fear_anger", modality="voice")
    review.decide_flag(flag, officer=second_senior, outcome="uphold", reason="Heard in the sound.")
    evidence.withdraw(flagged.applicant, ["voice"], officer=officer)
    flag.refresh_from_db()
    assert (_content(flag), flag.state) == (EMPTY, "upheld")
    lapsed = AuditEvent.objects.filter(action="flag.lapsed")
    assert not lapsed.filter(detail__flag=str(flag.pk)).exists()


def test_evidence_that_is_handed_in_later_raises_a_flag_of_its_own(
    flagged: Application, officer: Officer, hand_over: HandOverOf
) -> None:
    evidence.withdraw(flagged.applicant, ["face"], officer=officer)
    give_consents(flagged.applicant, "face")
    evidence.accept(flagged, hand_over("angry", AGITATED))
    assert ("sustained_fear_anger", "face") in _rules(flagged)


def test_erasing_all_evidence_leaves_no_sentence_of_behaviour(flagged: Application) -> None:
    erasure.erase_evidence(flagged.applicant)
    assert {rule for rule, __ in _rules(flagged)} == {"erased", "repeated_recording"}
    erased = AuditEvent.objects.get(action="evidence.erased")
    assert erased.detail["flags"] == flagged.flags.filter(rule_id="erased").count()


def test_the_pages_say_that_it_was_erased(
    flagged: Application, officer: Officer, second_senior: Officer, client: Client
) -> None:
    flag = flagged.flags.get(rule_id="sustained_fear_anger", modality="face")
    evidence.withdraw(flagged.applicant, ["face"], officer=officer)
    client.force_login(second_senior)
    page = client.get(reverse("scoring:flag_detail", args=[flag.pk])).content.decode()
    assert "erased with the evidence" in page
    assert "nothing left to decide on" in page
    assert "of the face" not in page
    waiting = client.get(reverse("scoring:review_queue")).content.decode()
    assert str(flag.pk) not in waiting
    assert (
        str(flag.pk)
        in client.get(reverse("scoring:review_queue") + "?tab=decided").content.decode()
    )


def test_flags_whose_evidence_was_erased_before_are_emptied_by_the_migration(
    flagged: Application,
) -> None:
    migration = import_module("scoring.migrations.0019_flags_of_erased_evidence")
    before = _rules(flagged)
    migration.empty(apps, None)
    assert _rules(flagged) == before, "their evidence stands"
    face = flagged.flags.get(rule_id="sustained_fear_anger", modality="face")
    Evidence.objects.filter(session_id=face.session_id).delete()
    migration.empty(apps, None)
    face.refresh_from_db()
    assert (_content(face), face.state) == (EMPTY, "lapsed")
    assert ("repeated_recording", "face") in _rules(flagged)
    assert ("sustained_fear_anger", "voice") not in _rules(flagged)

"""The audit trail: sealed, ordered, and closed to change."""

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from applicants.models import AuditEvent, Officer
from applicants.services import audit

pytestmark = pytest.mark.django_db


def test_an_event_names_actor_object_and_detail(officer: Officer) -> None:
    event = audit.record("score.viewed", actor=officer, obj=officer, points=12)
    assert (event.actor, event.object_type, event.object_id) == (
        officer,
        "applicants.Officer",
        str(officer.pk),
    )
    assert event.detail == {"points": 12}


def test_a_whole_chain_verifies(officer: Officer) -> None:
    for number in range(5):
        audit.record("step", actor=officer, number=number)
    assert audit.first_broken_event() is None


@pytest.mark.parametrize("statement", ["UPDATE {} SET action = 'x'", "DELETE FROM {}"])
def test_the_database_refuses_change(officer: Officer, statement: str) -> None:
    audit.record("step", actor=officer)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format("applicants_auditevent"))
    assert AuditEvent.objects.filter(action="step").count() == 1


def _tamper(statement: str, *values: object) -> None:
    """Change rows as someone with the database's own rights could."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(statement, values)
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE applicants_auditevent SET action = 'other' WHERE id = %s",
        "UPDATE applicants_auditevent SET detail = '{\"number\": 9}' WHERE id = %s",
        "DELETE FROM applicants_auditevent WHERE id = %s",
    ],
)
def test_a_change_behind_the_guard_shows(officer: Officer, statement: str) -> None:
    events = [audit.record("step", actor=officer, number=number) for number in range(3)]
    _tamper(statement, events[1].pk)
    assert audit.first_broken_event() is not None
    with pytest.raises(CommandError, match="breaks at row"):
        call_command("verify_audit")

"""API tokens: shown once, kept as a digest, ended by time, revocation or leaving."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from applicants.models import ApiToken, AuditEvent, Officer
from applicants.services import tokens

pytestmark = pytest.mark.django_db


def test_the_secret_is_not_kept(officer: Officer) -> None:
    secret = tokens.issue(officer)
    token = ApiToken.objects.get()
    assert secret not in {str(value) for value in vars(token).values()}
    assert tokens.officer_of(secret) == officer
    token.refresh_from_db()
    assert token.last_used_at is not None


@pytest.mark.parametrize(("ago", "is_noted"), [(59, False), (61, True)])
def test_its_use_is_noted_to_the_minute(officer: Officer, ago: int, is_noted: bool) -> None:
    secret, before = tokens.issue(officer), timezone.now() - timedelta(seconds=ago)
    ApiToken.objects.update(last_used_at=before)
    assert tokens.officer_of(secret) == officer
    assert (ApiToken.objects.get().last_used_at > before) is is_noted


@pytest.mark.parametrize(
    "change", [{"expires_at": timezone.now() - timedelta(1)}, {"revoked_at": timezone.now()}]
)
def test_an_ended_token_opens_nothing(officer: Officer, change: dict[str, object]) -> None:
    secret = tokens.issue(officer)
    ApiToken.objects.update(**change)
    assert tokens.officer_of(secret) is None


def test_the_token_of_someone_who_left_opens_nothing(officer: Officer) -> None:
    secret = tokens.issue(officer)
    Officer.objects.filter(pk=officer.pk).update(is_active=False)
    assert tokens.officer_of(secret) is None


def test_the_command_prints_a_working_token(officer: Officer) -> None:
    printed = StringIO()
    call_command("create_api_token", officer.username, stdout=printed)
    assert tokens.officer_of(printed.getvalue().strip()) == officer


def test_the_command_names_an_unknown_officer(db: None) -> None:
    with pytest.raises(CommandError, match="no active officer 'nobody'"):
        call_command("create_api_token", "nobody")


def listed(*arguments: str) -> list[str]:
    out = StringIO()
    call_command("api_tokens", *arguments, stdout=out)
    return out.getvalue().splitlines()


def test_the_command_lists_what_is_out_and_ends_one_or_all(
    officer: Officer, senior: Officer
) -> None:
    first, second = tokens.issue(officer, name="kiosk"), tokens.issue(officer)
    other = tokens.issue(senior)
    assert len(listed()) == 3
    assert any("kiosk" in line and "never used" in line for line in listed(officer.username))

    assert "revoked" in listed("--revoke", first[:10])[0]
    assert tokens.officer_of(first) is None
    assert tokens.officer_of(second) == officer
    listed(officer.username, "--revoke-all")
    assert tokens.officer_of(second) is None
    assert tokens.officer_of(other) == senior
    assert AuditEvent.objects.filter(action="token.revoked").count() == 2


@pytest.mark.parametrize("arguments", [("nobody",), ("--revoke", "cw_unknown"), ("--revoke-all",)])
def test_the_command_says_what_it_cannot_do(arguments: tuple[str, ...], officer: Officer) -> None:
    tokens.issue(officer)
    with pytest.raises(CommandError):
        call_command("api_tokens", *arguments)
    assert tokens.valid().count() == 1

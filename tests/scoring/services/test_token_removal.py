"""What is no longer in force of a tenant is gone: an old vocabulary, and a tenant that left."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from applicants.models import AuditEvent, Branch
from scoring.engine.artifacts import ArtifactError, read_json, read_manifest
from scoring.models import TokenAccess
from scoring.services import token_folders
from tests.scoring.token_lender import own_lender

pytestmark = pytest.mark.django_db


@pytest.fixture
def key(tmp_path: Path, settings: Any) -> Path:
    settings.OWN_ESTIMATORS_DIR = tmp_path / "own"
    return own_lender(tmp_path)[0]


@pytest.fixture
def folder(key: Path, tmp_path: Path) -> Path:
    return tmp_path / "own" / "tokens" / "bank-a"


def _remap(key: Path, folder: Path, *drop: str) -> None:
    known, fresh = key.with_name("known.json"), key.with_name("fresh.json")
    known.write_text(json.dumps(read_json("german_token_vocabulary", folder)))
    call_command("privacy", "remap", str(known), str(fresh), "--key", str(key), *drop)
    call_command("privacy", "install-vocabulary", str(fresh))


def test_tokens_of_a_key_that_was_given_up_are_nowhere(key: Path, folder: Path) -> None:
    call_command("privacy", "rotate", str(key))
    _remap(key, folder)
    assert "t1." in next(folder.glob("german_token_vocabulary-*")).read_text()
    (folder / "left-by-a-crash").mkdir()
    _remap(key, folder, "--drop-old")
    named = {entry.file for entry in read_manifest(folder).values()}
    assert {path.name for path in folder.iterdir()} == {"manifest.toml", *named}
    assert len(named) == 2
    assert not any(b"t1." in path.read_bytes() for path in folder.iterdir())


def test_a_tenant_is_removed_with_its_uses_and_that_is_noted(
    key: Path, folder: Path, branch: Branch
) -> None:
    call_command("privacy", "allow", "bank-a", branch=[branch.code])
    call_command("privacy", "remove", "bank-a")
    assert not folder.exists()
    assert not TokenAccess.objects.filter(tenant="bank-a").exists()
    actions = list(AuditEvent.objects.order_by("pk").values_list("action", flat=True))[-2:]
    assert sorted(actions) == ["token_access.taken_back", "token_estimator.removed"]
    with pytest.raises(CommandError, match="no network was put in place"):
        call_command("privacy", "remove", "bank-a")


@pytest.mark.parametrize("name", ["demo", "../tokens/bank-a", "."])
def test_only_what_was_put_in_place_is_removed(name: str, key: Path, folder: Path) -> None:
    with pytest.raises(CommandError, match="no network was put in place"):
        call_command("privacy", "remove", name)
    assert (folder / "manifest.toml").is_file()


def test_a_reader_under_whose_hands_files_change_reads_again() -> None:
    found = iter([ArtifactError("gone"), "the new one"])

    def read() -> str:
        one = next(found)
        if isinstance(one, ArtifactError):
            raise one
        return one

    assert token_folders.read_whole(read) == "the new one"

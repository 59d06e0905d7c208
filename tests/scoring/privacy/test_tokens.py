"""Tokens, sealing and key files: equal where they must be, different everywhere else."""

import stat
from pathlib import Path

import pytest

from scoring.privacy.key_files import new_key_file, read_key_file, rotated
from scoring.privacy.tokens import TOKEN, KeyRing, TokenError, TokenKey, is_sealed, key_version


@pytest.fixture
def ring() -> KeyRing:
    return KeyRing("bank-a", 1, {1: TokenKey.new()})


def test_equal_values_of_a_column_have_equal_tokens_and_come_back(ring: KeyRing) -> None:
    token = ring.token("purpose", "A43")
    assert token == ring.token("purpose", "A43")
    assert ring.value("purpose", token) == "A43"
    assert key_version(token) == 1 and TOKEN.fullmatch(token)
    for value in ("", "ä", "x" * 15, "ends\0in zero"):
        assert ring.value("purpose", ring.token("purpose", value)) == value


def test_columns_tenants_and_versions_have_tokens_of_their_own(ring: KeyRing) -> None:
    key = ring.keys[1]
    others = {
        ring.token("purpose", "A43"),
        ring.token("housing", "A43"),
        KeyRing("bank-b", 1, {1: key}).token("purpose", "A43"),
        KeyRing("bank-a", 2, {2: key}).token("purpose", "A43").replace("t2.", "t1."),
        KeyRing("bank-a", 1, {1: TokenKey.new()}).token("purpose", "A43"),
    }
    assert len(others) == 5


def test_the_length_of_a_token_tells_nothing(ring: KeyRing) -> None:
    assert len({len(ring.token("purpose", "x" * length)) for length in range(16)}) == 1
    with pytest.raises(TokenError, match="15 bytes"):
        ring.token("purpose", "x" * 16)


def test_a_token_of_another_place_or_an_altered_one_is_refused(ring: KeyRing) -> None:
    token = ring.token("purpose", "A43")
    altered = token[:10] + ("A" if token[10] != "A" else "B") + token[11:]
    for column, text in (
        ("housing", token),
        ("purpose", altered),
        ("purpose", token.replace("t1", "t9")),
        ("purpose", "A43"),
        ("purpose", token + "A"),
    ):
        with pytest.raises(TokenError):
            ring.value(column, text)


def test_sealing_is_never_the_same_twice(ring: KeyRing) -> None:
    one, two = ring.seal("name", "Ada"), ring.seal("name", "Ada")
    assert one != two and is_sealed(one) and not TOKEN.fullmatch(one)
    assert ring.opened("name", one) == ring.opened("name", two) == "Ada"
    for column, text in (("city", one), ("name", one[:-4] + "AAAA"), ("name", "Ada")):
        with pytest.raises(TokenError):
            ring.opened(column, text)


def test_a_new_version_goes_into_a_file_that_nobody_laid_in_wait(tmp_path: Path) -> None:
    path, trap = tmp_path / "key.json", tmp_path / "trap"
    new_key_file(path, "bank-a")
    trap.touch()
    trap.chmod(0o666)
    path.with_name("key.json.new").symlink_to(trap)
    path.chmod(0o644)
    ring = rotated(path)
    assert read_key_file(path) == ring and ring.current == 2
    assert stat.S_IMODE(path.stat().st_mode) == 0o600 and not path.is_symlink()
    assert trap.read_text() == ""
    assert sorted(each.name for each in tmp_path.iterdir()) == ["key.json", "key.json.new", "trap"]


def test_a_key_file_is_for_its_owner_and_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "key.json"
    ring = new_key_file(path, "bank-a")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert read_key_file(path).token("purpose", "A43") == ring.token("purpose", "A43")
    assert len(ring.keys[1].siv) == 64
    with pytest.raises(FileExistsError):
        new_key_file(path, "bank-a")
    with pytest.raises(TokenError, match="small letters"):
        new_key_file(tmp_path / "other.json", "Bank A/..")


def test_a_rotated_key_reads_old_tokens_and_makes_new_ones(tmp_path: Path) -> None:
    path = tmp_path / "key.json"
    old = new_key_file(path, "bank-a")
    token, sealed = old.token("purpose", "A43"), old.seal("name", "Ada")
    new = rotated(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert read_key_file(path).current == new.current == 2
    assert new.value("purpose", token) == "A43"
    again = new.again("purpose", token)
    assert key_version(again) == 2 and new.value("purpose", again) == "A43"
    assert new.opened("name", new.again("name", sealed)) == "Ada"
    with pytest.raises(TokenError, match="key version 2"):
        old.value("purpose", again)


@pytest.mark.parametrize(
    "content",
    ["", "{}", "[]", "null", '{"format": "creditweb-token-key/1", "tenant": "a", "current": 1,'
     ' "keys": [{"version": 1, "siv": "QQ==", "seal": "QQ=="}]}'],
)  # fmt: skip
def test_what_is_no_key_file_is_refused(content: str, tmp_path: Path) -> None:
    path = tmp_path / "key.json"
    path.write_text(content)
    with pytest.raises(TokenError, match="no key file"):
        read_key_file(path)


def test_a_key_does_not_show_in_text(ring: KeyRing) -> None:
    assert ring.keys[1].siv.hex() not in repr(ring) and "siv" not in repr(ring.keys[1])

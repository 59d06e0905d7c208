"""The client's command: what it refuses, in a sentence and with exit status 1."""

from pathlib import Path

import pytest

from scoring.privacy.homomorphic.client.__main__ import main
from scoring.privacy.homomorphic.client.service import Service, ServiceError


def test_keys_are_made_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["keys", "--keys", str(tmp_path / "k"), "--parameters", "linear-4096"]
    assert main(command) == 0
    assert "the secret key stays" in capsys.readouterr().out
    assert main(command) == 1
    assert "secret.key" in capsys.readouterr().err


def test_a_token_does_not_travel_in_the_clear() -> None:
    with pytest.raises(ServiceError, match="not https"):
        Service("http://bank.example/api/v1", "token").estimators()


@pytest.mark.parametrize("base", ["http://127.0.0.1:9/api/v1", "https://localhost:9/api/v1"])
def test_a_server_that_is_not_there_is_named(base: str) -> None:
    with pytest.raises(ServiceError, match="not reached"):
        Service(base, "token").estimators()


def test_without_a_token_nothing_is_sent(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("CREDITWEB_API_TOKEN", raising=False)
    assert main(["estimators", "--api", "http://127.0.0.1:9/api/v1"]) == 1
    assert "CREDITWEB_API_TOKEN" in capsys.readouterr().err

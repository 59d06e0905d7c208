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
    assert "keys in this folder already" in capsys.readouterr().err


def test_keys_that_are_not_there_or_were_not_sent_are_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CREDITWEB_API_TOKEN", "cw_token")
    folder, api = ["--keys", str(tmp_path / "k")], ["--api", "http://127.0.0.1:9/api/v1"]
    score = ["score", *folder, *api, "--estimator", "encrypted_logistic", "rows.csv"]
    assert (main(["upload", *folder, *api]), main(score)) == (1, 1)
    assert capsys.readouterr().err.count("Make them with `keys` first.") == 2
    main(["keys", *folder, "--parameters", "linear-4096"])
    assert main(score) == 1
    assert "Send them with `upload` first." in capsys.readouterr().err


def test_a_table_that_is_not_there_is_named_before_anything_is_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CREDITWEB_API_TOKEN", "cw_token")
    estimator = {"parameters": "linear-4096", "encoder": []}
    monkeypatch.setattr(Service, "estimators", lambda _self: {"e": estimator})
    keys = tmp_path / "k"
    main(["keys", "--keys", str(keys), "--parameters", "linear-4096"])
    (keys / "uploaded.json").write_text('{"id": "1"}')
    capsys.readouterr()
    (tmp_path / "empty.csv").write_text("a,b\n")
    for name, said in (("no.csv", "No such file or directory"), ("empty.csv", "has no row")):
        table = str(tmp_path / name)
        api = ["--api", "http://127.0.0.1:9/api/v1", "--keys", str(keys)]
        assert main(["score", *api, "--estimator", "e", table]) == 1
        out, err = capsys.readouterr()
        assert out == "" and name in err and said in err


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

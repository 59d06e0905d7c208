"""The client's command: what it refuses, in a sentence and with exit status 1."""

from collections.abc import Callable, Iterable
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


class Server:
    """Stands in for the site's API: refuses as often as it is told, then says back what it got."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, refusals: Iterable[ServiceError]) -> None:
        self.refusals, self.asked, self.pauses = list(refusals), 0, list[float]()
        monkeypatch.setattr(Service, "_call", self._call)
        monkeypatch.setattr("time.sleep", self.pauses.append)

    def _call(self, _method: str, _path: str, body: bytes = b"") -> bytes:
        self.asked += 1
        if self.refusals:
            raise self.refusals.pop(0)
        return body


def test_a_busy_server_is_asked_again_after_as_long_as_it_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server = Server(
        monkeypatch, [ServiceError("503", 503), ServiceError("429", 429, retry_after_s=42)]
    )
    assert Service("http://localhost/api/v1", "t").evaluate("e", "k", b"row") == b"row"
    assert (server.asked, server.pauses) == (3, [5.0, 42])


@pytest.mark.parametrize(("status", "asked"), [(503, 5), (422, 1), (404, 1), (0, 1)])
def test_other_refusals_and_a_server_that_stays_busy_end_it(
    monkeypatch: pytest.MonkeyPatch, status: int, asked: int
) -> None:
    server = Server(monkeypatch, [ServiceError("no", status)] * 9)
    with pytest.raises(ServiceError, match="no"):
        Service("http://localhost/api/v1", "t").evaluate("e", "k", b"row")
    assert server.asked == asked


@pytest.fixture
def lender(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """Score a table of three rows, the second row's answer refused; return status, out and err."""
    monkeypatch.setenv("CREDITWEB_API_TOKEN", "cw_token")
    public = {"parameters": "linear-4096", "encoder": [{"attribute": "amount"}], "threshold": 0.5}
    public |= {"gives_points": False, "points_offset": 0.0, "points_factor": 0.0}
    monkeypatch.setattr(Service, "estimators", lambda _self: {"e": public})
    keys = tmp_path / "k"
    main(["keys", "--keys", str(keys), "--parameters", "linear-4096"])
    (keys / "uploaded.json").write_text('{"id": "1"}')

    def score(*more: str, table: str = "amount\n1\n2\n3\n") -> tuple[int, str, str]:
        (tmp_path / "rows.csv").write_text(table)
        capsys.readouterr()
        api = ["--api", "http://127.0.0.1:9/api/v1", "--keys", str(keys)]
        status = main(["score", *api, "--estimator", "e", *more, str(tmp_path / "rows.csv")])
        return status, *capsys.readouterr()

    return score


def test_a_run_that_was_cut_off_says_where_to_go_on(
    lender: Callable[..., tuple[int, str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = Server(monkeypatch, [])
    sent = server._call

    def call(method: str, path: str, body: bytes = b"") -> bytes:
        if server.asked == 1:
            raise ServiceError("http://127.0.0.1:9 was not reached.")
        return sent(method, path, body)

    monkeypatch.setattr(Service, "_call", staticmethod(call))
    status, out, err = lender()
    assert status == 1 and "Go on with --from-row 3." in err
    assert [line.split(",")[0] for line in out.splitlines()] == ["row", "2"]
    server.asked = 10
    status, out, err = lender("--from-row", "3")
    assert (status, err) == (0, "")
    # The stand-in says the encrypted inputs back: the logit is the amount.
    assert out.splitlines()[1:] == ["3,0.881,2,", "4,0.953,2,"]
    assert "no row below row 8" in lender("--from-row", "9")[2]


def test_a_faulty_row_is_named_before_any_row_is_sent(
    lender: Callable[..., tuple[int, str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = Server(monkeypatch, [])
    status, out, err = lender(table="amount\n1\n2\nmuch\n")
    assert (status, out, server.asked) == (1, "", 0) and "Row 4: amount" in err


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

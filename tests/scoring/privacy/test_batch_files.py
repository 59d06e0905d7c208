"""A batch goes to the estimators as files, and comes back as an answer that the client reads."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from scoring.engine.artifacts import read_manifest, verified_bytes
from scoring.paths import ARTIFACTS_DIR
from scoring.privacy.homomorphic.batch_files import (
    ANSWER_FILE,
    HEAD_FILE,
    evaluate,
    input_file,
)
from scoring.privacy.homomorphic.client import batches
from scoring.privacy.homomorphic.client.__main__ import main
from scoring.privacy.homomorphic.client.service import Service
from scoring.privacy.homomorphic.errors import HomomorphicError, MalformedError
from scoring.privacy.homomorphic.estimator import Estimator, parse_estimator, read_outputs
from scoring.privacy.homomorphic.evaluation_keys import EVALUATION_FILE
from scoring.privacy.homomorphic.process import ROOT
from tests.scoring.privacy.samples import ROW

MODULE = "scoring.privacy.homomorphic.batch_files"
OTHER = {**ROW, "existingchecking": "A14", "duration": "12"}


@pytest.fixture(scope="module")
def estimator() -> Estimator:
    entry = read_manifest(ARTIFACTS_DIR)["encrypted_logistic"]
    return parse_estimator(verified_bytes(entry, ARTIFACTS_DIR))


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("client") / "keys"
    made = ["keys", "--for-batches", "--parameters", "linear-4096", "--keys", str(folder)]
    assert main(made) == 0
    return folder


@pytest.fixture
def batch(estimator: Estimator, keys: Path, tmp_path: Path) -> Path:
    inputs = [estimator.encoder.encode(row) for row in (ROW, OTHER)]
    batches.encrypt(keys, estimator.public(), inputs, tmp_path / "batch")
    return tmp_path / "batch"


def computed(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", MODULE, str(ARTIFACTS_DIR), str(folder)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_a_batch_comes_back_with_the_scores_of_its_rows(
    estimator: Estimator, keys: Path, batch: Path
) -> None:
    ran = computed(batch)
    assert ran.returncode == 0, ran.stderr
    inputs = np.array([estimator.encoder.encode(row) for row in (ROW, OTHER)])
    expected = read_outputs(estimator.public(), estimator.plain_outputs(inputs))
    answers = list(batches.decrypt(keys, batch))
    assert [each.probability for each in answers] == pytest.approx(list(expected), abs=6e-4)
    assert all(round(each.probability, 3) == each.probability for each in answers)


def test_the_folder_holds_no_secret_and_nothing_of_the_rows(keys: Path, batch: Path) -> None:
    head = json.loads((batch / HEAD_FILE).read_text())
    assert head == {"estimator": "encrypted_logistic", "rows": 2}
    secret = (keys / "secret.key").read_bytes()
    assert all(secret[-200:] not in each.read_bytes() for each in batch.iterdir())
    assert (batch / EVALUATION_FILE).stat().st_size < 1000


def test_what_is_spoilt_is_refused_in_a_sentence_and_leaves_no_answer(batch: Path) -> None:
    def said_after(name: str, content: bytes) -> str:
        whole = (batch / name).read_bytes()
        (batch / name).write_bytes(content)
        with pytest.raises(HomomorphicError) as refused:
            evaluate(ARTIFACTS_DIR, batch)
        (batch / name).write_bytes(whole)
        assert not (batch / ANSWER_FILE).exists()
        return str(refused.value)

    assert "not a ciphertext" in said_after(input_file(3), b"no ciphertext at all, but long")
    assert "more than 2 MB" in said_after(input_file(3), bytes(2_000_001))
    assert "secret key" in said_after(EVALUATION_FILE, b"CWSECR\x00\x01x")
    assert "names no estimator" in said_after(HEAD_FILE, b"[]")
    assert "no estimator “scorecard”" in said_after(
        HEAD_FILE, b'{"estimator": "scorecard", "rows": 2}'
    )
    (batch / input_file(0)).unlink()
    ran = computed(batch)
    assert ran.returncode == 1 and "Traceback" not in ran.stderr
    assert input_file(0) in ran.stderr


def test_the_client_refuses_what_it_cannot_read_or_hold(
    estimator: Estimator, keys: Path, batch: Path, tmp_path: Path
) -> None:
    with pytest.raises(FileNotFoundError, match=ANSWER_FILE):
        list(batches.decrypt(keys, batch))
    too_many = [np.zeros(len(estimator.encoder))] * 4097
    with pytest.raises(HomomorphicError, match="holds 4096 rows"):
        batches.encrypt(keys, estimator.public(), too_many, tmp_path / "more")
    assert not (tmp_path / "more").exists()
    (batch / HEAD_FILE).write_text('{"estimator": "../secret", "rows": 2}')
    with pytest.raises(MalformedError, match="with a name"):
        list(batches.decrypt(keys, batch))


def test_the_commands_say_what_is_missing(
    estimator: Estimator, keys: Path, batch: Path, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setenv("CREDITWEB_API_TOKEN", "cw_token")
    monkeypatch.setattr(Service, "estimators", lambda _self: {"e": estimator.public()})
    table = tmp_path / "rows.csv"
    table.write_text(",".join(ROW) + "\n" + ",".join(map(str, ROW.values())) + "\n")
    own = ["--keys", str(keys)]
    encrypt = ["encrypt-batch", *own, "--api", "http://127.0.0.1:9/api/v1", "--estimator", "e"]
    assert main([*encrypt, str(table), str(batch)]) == 1
    assert "Name a new folder" in capsys.readouterr().err
    assert main(["decrypt-batch", *own, str(batch)]) == 1
    assert "not there yet" in capsys.readouterr().err
    main(["keys", "--keys", str(tmp_path / "others"), "--parameters", "linear-4096"])
    assert main([*encrypt, "--keys", str(tmp_path / "others"), str(table), str(batch)]) == 1
    assert "needs keys for linear-8192" in capsys.readouterr().err

"""The guide to encrypted scoring, run as it is written: its shell blocks, against a live site."""

import os
import re
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django.live_server_helper import LiveServer

from applicants.models import Officer
from applicants.services import tokens
from creditweb.local import ROOT
from scoring.paths import ARTIFACTS_DIR
from scoring.privacy.homomorphic.client.__main__ import HEADER
from scoring.services import encrypted_process
from scoring.services.encrypted_scores import estimators
from tests.factories import OfficerFactory
from tests.scoring.privacy.samples import ROW

GUIDE = ROOT / "docs" / "guides" / "encrypted_scoring.md"
SHELL_BLOCK = re.compile(r"^ *```sh\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
PATIENCE_S = 240


@pytest.fixture(autouse=True)
def one_process() -> Iterator[None]:
    yield
    encrypted_process.stop()


def test_the_guide_works_as_it_is_written(
    live_server: LiveServer, transactional_db: None, tmp_path: Path
) -> None:
    senior = OfficerFactory(username="lender", role=Officer.Role.SENIOR_OFFICER)
    blocks = [textwrap.dedent(found) for found in SHELL_BLOCK.findall(GUIDE.read_text())]
    ran = subprocess.run(
        ["bash", "-c", "\n".join(["set -euo pipefail", *blocks])],
        cwd=tmp_path, timeout=PATIENCE_S, capture_output=True, text=True, check=False,
        env={
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "API": f"{live_server.url}/api/v1",
            "ARTIFACTS": str(ARTIFACTS_DIR),
            "CREDITWEB_API_TOKEN": tokens.issue(senior),
        },
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout + ran.stderr
    lines = ran.stdout.splitlines()
    assert sum(line.startswith("encrypted_") for line in lines) == len(estimators())
    header = lines.index(HEADER)
    first, second = lines[header + 1 : header + 3]
    assert re.fullmatch(r"2,0\.\d{3},[12],", first) and re.fullmatch(r"3,0\.\d{3},1,", second)
    estimator = estimators()["encrypted_logistic"]
    logit = estimator.plain_outputs(estimator.encoder.encode(ROW)[None, :])[0]
    assert float(first.split(",")[1]) == pytest.approx(1 / (1 + 2.718281828**-logit), abs=0.0011)
    answers = (tmp_path / "answers.csv").read_text().splitlines()
    assert answers[0] == HEADER and len(answers) == 3
    network = estimators()["encrypted_one_hidden"]
    logit = network.plain_outputs(network.encoder.encode(ROW)[None, :])[0]
    assert float(answers[1].split(",")[1]) == pytest.approx(
        1 / (1 + 2.718281828**-logit), abs=0.0011
    )
    assert not list((tmp_path / "batch").glob("secret*"))
    assert (tmp_path / "my-keys" / "secret.key").stat().st_mode & 0o777 == 0o600

"""Branches on machines of their own: what the server's folder holds, and the guide's commands."""

import ipaddress
import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509

from scoring.training.federated import fit, prepare, processes
from scoring.training.federated.branch import Branch

pytestmark = pytest.mark.training
GUIDE = Path(__file__).resolve().parents[4] / "docs/guides/federated.md"


@pytest.fixture
def folder(make_branches: Callable[..., list[Branch]], tmp_path: Path) -> Path:
    make_branches()[0].agreement.write(tmp_path / "agreement.json")
    return tmp_path


def test_a_server_has_all_that_its_commands_name(folder: Path) -> None:
    prepare.prepare(folder, "10.0.0.5")
    content = (folder / "server.pem").read_bytes()
    names = x509.load_pem_x509_certificate(content).extensions.get_extension_for_class(
        x509.SubjectAlternativeName
    )
    found = names.value.get_values_for_type(x509.IPAddress)
    assert set(found) == {ipaddress.ip_address(each) for each in ("10.0.0.5", "127.0.0.1")}
    assert (folder / "server.key").stat().st_mode & 0o777 == 0o600
    told = json.loads((folder / "settings.json").read_text())
    assert fit.Settings(**told["settings"]) == fit.Settings() and told["timeout_s"] > 0
    connection = tomllib.loads((folder / "home" / "config.toml").read_text())["superlink"]
    assert connection[connection["default"]]["address"] == "127.0.0.1:9091"
    app = tomllib.loads((folder / "app" / "pyproject.toml").read_text())["tool"]["flwr"]["app"]
    assert app["config"]["folder"] == str(folder)


@pytest.mark.parametrize("host", ["bank.example", "10.0.0.500"])
def test_a_server_is_named_by_its_address(folder: Path, host: str) -> None:
    with pytest.raises(ValueError, match="IPv4"):
        prepare.prepare(folder, host)
    assert [path.name for path in folder.iterdir()] == ["agreement.json"]


@pytest.mark.parametrize("command", ["flower-superlink", "flower-supernode"])
def test_flower_knows_the_options_of_the_guide(command: str) -> None:
    try:
        site = processes.flower_folder()
    except processes.FederationError as missing:
        pytest.skip(str(missing))
    text = GUIDE.read_text(encoding="utf-8").replace("\\\n", " ")
    (line,) = re.findall(rf"^ *({command} .*)$", text, re.M)
    options = re.findall(r"--[a-z-]+", line)
    told = subprocess.check_output(
        [sys.executable, str(site / "bin" / command), "--help"],
        env={**os.environ, "PYTHONPATH": str(site), "FLWR_TELEMETRY_ENABLED": "0"}, text=True,
    )  # fmt: skip
    assert len(options) > 4
    assert not [option for option in options if option not in told]

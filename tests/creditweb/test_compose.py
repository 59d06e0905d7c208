"""compose.yaml parses, and starts the processes that ``make run`` really starts."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from creditweb.supervisor import commands

ROOT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
VOLUMES = ("database", "broker", "recordings", "certificates", "own_weights", "own_estimators")
OURS = [name for name, service in SERVICES.items() if service["image"].startswith("creditweb")]


def _entry(command: list[str]) -> tuple[str, ...]:
    """Return what a command starts, without interpreter, address and log options."""
    words = [word for word in command if word in {"uvicorn", "celery", "worker", "beat"}]
    queues = re.findall(r"-Q (\w+)", " ".join(command))
    return (*words, *queues)


@pytest.mark.parametrize("name", ["web", "media", "live", "scoring", "training", "beat"])
def test_a_process_of_make_run_has_its_service(name: str) -> None:
    assert _entry(SERVICES[name]["command"]) == _entry(commands("127.0.0.1", "8000")[name])


def test_no_worker_is_missing_or_extra() -> None:
    assert set(OURS) == {*commands("127.0.0.1", "8000"), "migrate"}


def test_every_named_secret_and_volume_is_declared() -> None:
    for service in SERVICES.values():
        assert set(service.get("secrets", [])) <= set(COMPOSE["secrets"])
    assert {*VOLUMES} == set(COMPOSE["volumes"])


def test_every_environment_name_is_read_by_the_settings() -> None:
    read = (ROOT / "creditweb" / "settings.py").read_text(encoding="utf-8")
    for name in SERVICES["web"]["environment"]:
        if not name.startswith("AWS_"):
            assert f'"{name.removesuffix("_FILE")}"' in read, name


def test_web_and_workers_share_the_banks_own_networks_and_estimators() -> None:
    given = SERVICES["web"]["environment"]
    folders = [
        f"own_weights:{given['CREDITWEB_OWN_WEIGHTS_DIR']}",
        f"own_estimators:{given['CREDITWEB_OWN_ESTIMATORS_DIR']}",
    ]
    for name in OURS:
        assert SERVICES[name]["volumes"] == folders


def test_only_the_training_worker_has_the_training_packages_and_is_asked_for() -> None:
    built = {name: SERVICES[name]["build"] for name in OURS}
    assert built.pop("training")["args"] == {"REQUIREMENTS": "requirements-training.txt"}
    assert set(built.values()) == {"."}
    assert [name for name in OURS if "profiles" in SERVICES[name]] == ["training"]


def test_only_the_proxy_is_reachable_from_outside() -> None:
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["proxy"]
    assert COMPOSE["networks"]["inside"] == {"internal": True}


def test_the_broker_keeps_an_append_only_file() -> None:
    assert "--appendonly yes" in " ".join(SERVICES["redis"]["command"])

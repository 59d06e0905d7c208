"""The page on federated training says what was measured, and says so where a bar is missed."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from applicants.models import Officer
from scoring.training.federated import figures
from scoring.views import federated

pytestmark = pytest.mark.django_db
PAGE = reverse("scoring:federated_training")


def _report(difference: float) -> dict[str, Any]:
    both = {"scorecard": 0.76, "neural": 0.77}
    names = ("branch_1", "branch_2")
    return {
        "table": "loans.csv",
        "choice": {"split_by": "amount", "secure": True, "epsilon": 2.0, "seed": 1},
        "branches": [
            {"name": name, "train_rows": 4321, "test_rows": 9, "event_rate": 0.3} for name in names
        ],
        "auc": {
            "federated": {"scorecard": 0.76, "neural": round(0.77 + difference, 4)},
            "in_one_place": both,
            "difference": {"scorecard": 0.0, "neural": difference},
            "alone": dict.fromkeys(names, both),
            "by_histograms": both,
        },
        "traffic": {"bytes_from_branch": 631_400, "bytes_to_branch": 463_000, "by_sum": {}},
        "rounds": 19,
        "seconds": 119.4,
    }


@pytest.fixture
def measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    runs = []
    for number, difference in enumerate((-0.0008, -0.0132)):
        runs.append(tmp_path / f"run_{number}")
        runs[-1].mkdir()
        (runs[-1] / "report.json").write_text(json.dumps(_report(difference)))
    figures.main(str(tmp_path / federated.FIGURES), *map(str, runs))
    monkeypatch.setattr(federated, "ARTIFACTS_DIR", tmp_path)
    return tmp_path


def test_each_run_is_shown_with_its_verdict(
    measured: Path, client_of: Callable[[Officer], Client], data_officer: Officer
) -> None:
    text = client_of(data_officer).get(PAGE).content.decode()
    assert text.count("Within 0.01 of training in one place") == 1
    assert text.count("Not within 0.01 of training in one place") == 1
    for figure in ("0.0008", "0.0132", "0.7568", "4,321", "631 kB", "ε = 2", "masked sums"):
        assert figure in text


def test_without_a_run_the_page_says_how_to_make_one(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    client_of: Callable[[Officer], Client],
    data_officer: Officer,
) -> None:
    monkeypatch.setattr(federated, "ARTIFACTS_DIR", tmp_path)
    text = client_of(data_officer).get(PAGE).content.decode()
    assert "No run was measured" in text
    assert "manage.py train_federated" in text


def test_the_shipped_figures_are_shown(
    client_of: Callable[[Officer], Client], data_officer: Officer
) -> None:
    text = client_of(data_officer).get(PAGE).content.decode()
    assert "Credit cards in Taiwan" in text
    assert "in one place, without noise" in text


def test_the_part_privacy_leads_to_the_page(
    client_of: Callable[[Officer], Client], data_officer: Officer
) -> None:
    assert PAGE in client_of(data_officer).get(reverse("scoring:privacy_home")).content.decode()

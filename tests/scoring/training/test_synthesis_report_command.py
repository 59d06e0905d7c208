"""``synthesis_report`` measures the training that made the generator beside it, and no other."""

from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from scoring.training import artifact_files
from scoring.training.synthesiser import report
from scoring.training.synthesiser.source import read_source
from tests.scoring.training.test_synthesiser import made_cells

pytestmark = pytest.mark.training
CHOICE = ("--target", "class", "--positive", "bad")


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "loans.csv"
    made_cells(120).assign(number=range(120), synthetic="yes").to_csv(path, index=False)
    return path


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What tables are measured; the measuring itself is left out."""
    tables: list[Any] = []

    def make(source: Any, out: Path, plan: Any, work: Path) -> dict[str, Any]:
        tables.append(source)
        return {"bars": []}

    monkeypatch.setattr(report, "make", make)
    return tables


def test_columns_and_synthetic_rows_are_chosen_as_in_the_training(
    table: Path, tmp_path: Path, measured: list[Any]
) -> None:
    told = ("synthesis_report", "--data", str(table), "--out", str(tmp_path / "out"), *CHOICE)
    with pytest.raises(CommandError, match="--allow-synthetic"):
        call_command(*told)
    call_command(*told, "--allow-synthetic", "--drop", "number, amount")
    assert [list(each.cells) for each in measured] == [["purpose", "months", "class"]]


def test_a_report_on_other_columns_than_the_generator_is_refused(
    table: Path, tmp_path: Path, measured: list[Any]
) -> None:
    order = {"order": ["purpose", "months", "amount", "class"]}
    artifact_files.write_json(tmp_path / "synthesiser.json", order)
    told = ("synthesis_report", "--data", str(table), "--out", str(tmp_path), *CHOICE)
    with pytest.raises(CommandError, match=r"other columns \(number\)"):
        call_command(*told, "--allow-synthetic")
    assert not measured


def test_parts_of_another_table_are_not_gone_on_with(table: Path, tmp_path: Path) -> None:
    def opened(*drop: str) -> report.Report:
        read = read_source(table, target="class", positive="bad", drop=drop, allow_synthetic=True)
        return report.Report(read, tmp_path, report.Plan())

    opened("number").check_source()
    opened("number").check_source()
    with pytest.raises(ValueError, match="other rows or columns"):
        opened().check_source()

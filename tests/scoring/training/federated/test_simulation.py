"""One command: a table is dealt out, real processes train, and nothing of them is left."""

import io
import os
import signal
import stat
from pathlib import Path

import numpy as np
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from scoring.training.federated import fit, processes
from scoring.training.federated import rows as branch_rows
from scoring.training.federated.agreement import AgreementError

pd = pytest.importorskip("pandas")
from scoring.training.federated import branches, certificates, command, report, simulation  # noqa: E402
from scoring.training.table_reading import TableError  # noqa: E402

pytestmark = pytest.mark.training


@pytest.fixture
def table(tmp_path: Path) -> Path:
    draw = np.random.default_rng(5)
    debt = np.round(draw.lognormal(3, 0.8, 900))
    rate = np.round(draw.random(900), 2)
    home = draw.choice(["own", "rent", "free"], 900)
    risk = 0.03 * (debt - 25) + 2 * (rate - 0.5) + (home == "rent")
    bad = draw.random(900) < 1 / (1 + np.exp(-risk))
    path = tmp_path / "loans.csv"
    frame = pd.DataFrame({"debt": debt, "rate": rate, "home": home, "bad": bad.astype(int)})
    frame.to_csv(path, index=False)
    return path


def test_rows_are_dealt_out_whole_and_branches_differ(table: Path, tmp_path: Path) -> None:
    choice = branches.Choice(target="bad", split_by="debt")
    dealt = branches.deal(table, choice, tmp_path / "run")
    told = branches.populations(dealt)
    assert sum(each["train_rows"] + each["test_rows"] for each in told) == 900
    assert told[0]["event_rate"] < told[2]["event_rate"]
    read = branch_rows.read(dealt.folders[1] / "train.csv", dealt.agreement)
    assert len(read) == told[1]["train_rows"]
    # Nothing that the table says is lost on the way: only empty cells are missing.
    missing = [size - 1 for size in dealt.agreement.sizes]
    assert (read.cells < missing).all()


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"branches": 1}, "at least two branches"),
        ({"split_by": "age"}, "no column 'age'"),
        ({"split_by": "bad"}, "no good or no bad rows"),
        ({"target": "home"}, "two values"),
        ({"split": Path("nowhere.csv")}, "nowhere.csv"),
    ],
)
def test_a_choice_that_cannot_be_is_refused_with_a_sentence(
    table: Path, tmp_path: Path, changes: dict, told: str
) -> None:
    choice = branches.Choice(**({"target": "bad"} | changes))
    with pytest.raises(TableError, match=told):
        branches.deal(table, choice, tmp_path / "run")


def test_synthetic_rows_are_dealt_out_only_where_that_is_allowed(
    table: Path, tmp_path: Path
) -> None:
    frame = pd.read_csv(table)
    frame["synthetic"] = ["yes"] * 60 + [""] * (len(frame) - 60)
    frame.to_csv(table, index=False)
    with pytest.raises(TableError, match="60 of 900 rows are marked as synthetic"):
        branches.deal(table, branches.Choice(target="bad"), tmp_path / "run")
    assert not (tmp_path / "run").exists()
    choice = branches.Choice(target="bad", allow_synthetic=True)
    dealt = branches.deal(table, choice, tmp_path / "run")
    assert dealt.synthetic_rows == 60
    assert "synthetic" not in {column.name for column in dealt.agreement.columns}
    # A branch on a machine of its own has nobody to ask.
    frame.to_csv(dealt.folders[0] / "train.csv", index=False)
    with pytest.raises(AgreementError, match="marked as synthetic"):
        branch_rows.read(dealt.folders[0] / "train.csv", dealt.agreement)


@pytest.fixture
def without_flower(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "flower_folder", lambda: None)


def _modes(run: Path) -> set[int]:
    return {stat.S_IMODE(path.stat().st_mode) for path in (run, *run.glob("branch_*"))}


def test_a_run_that_is_ended_leaves_no_rows_and_shows_none_to_others(
    table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, without_flower: None
) -> None:
    seen: list[set[int]] = []

    def end(run: Path, *rest: object) -> None:
        seen.append(_modes(run))
        certificates.write_server(run)
        os.kill(os.getpid(), signal.SIGTERM)
        raise AssertionError("the signal came to nothing")

    monkeypatch.setattr(simulation, "_run", end)
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(SystemExit):
        command.main(table, tmp_path / "out", print, target="bad")
    assert seen == [{0o700}]
    assert signal.getsignal(signal.SIGTERM) == before
    kept = {path.name for path in (tmp_path / "out" / "run").iterdir()}
    assert kept == {"agreement.json", "ca.pem", "server.pem"}


def test_rows_that_were_half_dealt_out_are_removed(
    table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, without_flower: None
) -> None:
    def full(folder: Path) -> None:
        assert (folder / "train.csv").is_file()
        raise OSError("no space left")

    monkeypatch.setattr(certificates, "write_node_key", full)
    with pytest.raises(OSError, match="no space"):
        command.main(table, tmp_path / "out", print, target="bad")
    assert [path.name for path in (tmp_path / "out" / "run").iterdir()] == ["agreement.json"]


@pytest.mark.parametrize("is_folder", [True, False])
def test_what_is_not_an_earlier_run_is_left_alone(
    table: Path, tmp_path: Path, without_flower: None, *, is_folder: bool
) -> None:
    run = tmp_path / "out" / "run"
    mine = run / "mine.txt" if is_folder else run
    mine.parent.mkdir(parents=True)
    mine.write_text("kept")
    with pytest.raises(processes.FederationError, match="not the folder of an earlier run"):
        command.main(table, tmp_path / "out", print, target="bad")
    assert mine.read_text() == "kept"


def test_without_flower_the_command_says_what_to_install(
    table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CREDITWEB_FEDERATED_DIR", str(tmp_path / "nothing"))
    with pytest.raises(CommandError, match="make setup-federated"):
        call_command(
            "train_federated", data=table, target="bad", out=tmp_path / "out", stdout=io.StringIO()
        )


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def test_real_processes_find_what_one_place_finds_and_end(
    table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    try:
        processes.flower_folder()
    except processes.FederationError as missing:
        pytest.skip(str(missing))
    started: list[int] = []
    start = processes.Processes._start

    def noted(self: processes.Processes, name: str, *command: str) -> None:
        start(self, name, *command)
        started.append(self.running[-1][1].pid)

    monkeypatch.setattr(processes.Processes, "_start", noted)
    choice = branches.Choice(target="bad", split_by="debt", secure=True)
    quick = fit.Settings(newton_rounds=2, network_rounds=1)
    found = simulation.train(table, choice, tmp_path / "out", settings=quick)
    # Server, submission, and two processes for each branch.
    assert len(started) == 8
    assert not any(_is_running(each) for each in started)
    assert found["auc"]["difference"]["scorecard"] == pytest.approx(0.0, abs=1e-4)
    assert found["rounds"] == 5
    assert "within 0.01" in report.text(found)
    # Copies of rows and keys of branches are gone; what serves is there.
    kept = {path.name for path in (tmp_path / "out").rglob("*") if path.is_file()}
    assert not kept & {"train.csv", "test.csv", "branch.key", "node.key"}
    assert {"scorecard.json", "neural.onnx", "manifest.toml", "card.md"} <= kept


def test_a_branch_that_ends_ends_the_run_with_its_last_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "flwr").mkdir()
    (tmp_path / "logs").mkdir()
    monkeypatch.setenv("CREDITWEB_FEDERATED_DIR", str(tmp_path))
    federation = processes.Processes(tmp_path, [])
    federation._start("branch_1", "-c", "import time; time.sleep(600)")
    federation._start("branch_2", "-c", "raise SystemExit('the table is gone')")
    long_running = federation.running[0][1].pid
    try:
        with pytest.raises(processes.FederationError, match="branch_2 has ended: the table"):
            federation.run(60)
    finally:
        federation.stop()
    assert not _is_running(long_running)

"""The synthesiser on tiny tables: coding, training, attacks, controls, files."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from scoring.engine.artifacts import read_manifest
from scoring.privacy.synthesis import Synthesiser
from scoring.training import artifact_files
from scoring.training.synthesiser import (
    balancing,
    bars,
    card,
    controls,
    exporting,
    fitting,
    measuring,
    membership,
    private_critic,
    report,
    source,
    train,
)
from scoring.training.synthesiser.networks import Critic, Shape
from scoring.training.synthesiser.private_critic import PrivacyPlan
from scoring.training.synthesiser.table_coding import fit_coding
from scoring.training.synthesiser.utility import Aim
from scoring.training.synthesiser.wgan import Recipe
from scoring.training.table_reading import TableError

pytestmark = pytest.mark.training
QUICK = Recipe(steps=6, check_every=3, batch_rows=32)
AIM = Aim("class", "bad", ("amount", "months"))


def made_cells(rows: int = 400, seed: int = 0) -> pd.DataFrame:
    """Risk follows purpose and months; 'amount' has gaps and no two rows alike."""
    rng = np.random.default_rng(seed)
    purpose = rng.choice(["car", "radio", "repairs"], rows, p=[0.5, 0.3, 0.2])
    months = rng.choice(range(6, 40), rows)
    risk = 1 / (1 + np.exp(2.5 - 2.0 * (purpose == "repairs") - months / 14))
    amount = np.where(rng.random(rows) < 0.1, "", np.round(rng.lognormal(7, 0.6, rows)).astype(int))
    cells = {
        "purpose": purpose, "months": months.astype(str), "amount": amount.astype(str),
        "class": np.where(rng.random(rows) < risk, "bad", "good"),
    }  # fmt: skip
    frame = pd.DataFrame(cells).astype(object)
    return frame.replace("", np.nan)


@pytest.fixture(scope="module")
def cells() -> pd.DataFrame:
    return made_cells()


@pytest.fixture(scope="module")
def fitted(cells: pd.DataFrame) -> fitting.Fitted:
    return fitting.run(fitting.prepare(cells, "class", ("good", "bad"), QUICK, 1))


def test_no_value_of_the_coding_is_one_persons(cells: pd.DataFrame) -> None:
    coding = fit_coding(cells, "class", ("good", "bad"))
    amount = next(each for each in coding.numbers if each.name == "amount")
    assert amount.continuous and amount.states == ("value", "(missing)")
    real = pd.to_numeric(cells["amount"])
    assert amount.values.max() < real.max() and amount.values.min() > real.min()
    months = next(each for each in coding.numbers if each.name == "months")
    assert not months.continuous
    assert set(months.values) <= set(range(6, 40))


def test_coded_numbers_are_normal_and_decode_to_themselves(cells: pd.DataFrame) -> None:
    coding = fit_coding(cells, "class", ("good", "bad"))
    coded = coding.code(cells, np.random.default_rng(0))
    assert coded.scores.shape == (400, 2) and coded.levels.shape == (400, 2)
    months = coded.scores[:, [each.name for each in coding.numbers].index("months")]
    assert abs(months.mean()) < 0.15 and months.std() == pytest.approx(1, abs=0.15)


def test_the_written_out_slope_is_that_of_autograd() -> None:
    torch.manual_seed(0)
    critic = Critic(Shape(2, (3, 2), 2))
    rows, condition = torch.randn(9, 7, requires_grad=True), torch.randn(9, 7)
    (expected,) = torch.autograd.grad(critic(rows, condition).sum(), rows)
    assert torch.allclose(critic.slope(rows, condition), expected, atol=1e-6)


def test_a_training_that_was_cut_off_ends_with_the_same_generator(
    cells: pd.DataFrame, fitted: fitting.Fitted, tmp_path: Path
) -> None:
    path = tmp_path / "training.checkpoint"
    first = fitting.prepare(cells, "class", ("good", "bad"), replace(QUICK, steps=3), 1)
    fitting.run(first, checkpoint=path)
    torch.manual_seed(99)
    again = fitting.prepare(cells, "class", ("good", "bad"), QUICK, 1)
    fitting.run(again, checkpoint=path)
    assert again.training.done == 6
    pairs = zip(again.generator.parameters(), fitted.generator.parameters(), strict=True)
    assert all(torch.equal(one, other) for one, other in pairs)


def test_the_checkpoint_of_another_training_is_not_taken(
    cells: pd.DataFrame, tmp_path: Path
) -> None:
    path = tmp_path / "training.checkpoint"
    fitting.run(fitting.prepare(cells, "class", ("good", "bad"), QUICK, 1), checkpoint=path)
    other = fitting.prepare(cells, "class", ("good", "bad"), QUICK, 2)
    assert other.training.restore(path) is None and other.training.done == 0


def test_a_private_step_moves_by_no_more_than_the_clipping_norm(cells: pd.DataFrame) -> None:
    private = fitting.prepare(
        cells, "class", ("good", "bad"), replace(QUICK, critic_steps=1), 1, epsilon=3.0
    )
    steps: Any = private.training.critic_steps
    one = steps._clipped_sum(private.training.generator, torch.tensor([0]))
    norm = torch.cat([each.flatten() for each in one.values()]).norm()
    assert 0 < float(norm) <= 1.0 + 1e-5
    both = steps._clipped_sum(private.training.generator, torch.tensor([0, 1, 2]))
    assert float(torch.cat([each.flatten() for each in both.values()]).norm()) <= 3.0 + 1e-5


def test_a_private_training_keeps_to_its_budget(cells: pd.DataFrame) -> None:
    private = fitting.prepare(cells, "class", ("good", "bad"), QUICK, 1, epsilon=3.0)
    account = fitting.run(private).account
    assert account is not None
    assert account["epsilon_rdp"] + account["epsilon_of_coding"] <= 3.0 + 0.01
    assert account["delta"] <= 1 / len(cells)
    assert account["history"][0][2] == QUICK.steps * QUICK.critic_steps
    with pytest.raises(RuntimeError, match="privacy plan"):
        private.training.advance(1)


def test_private_noise_follows_a_key_and_no_seed(
    cells: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What the noise costs is another test's, and slow.
    monkeypatch.setattr(private_critic, "get_noise_multiplier", lambda **_: 2.0)
    monkeypatch.setattr(PrivacyPlan, "account", lambda *_: {})

    def trained(key: bytes | None, steps: int = 4, path: Path | None = None) -> fitting.Fitted:
        recipe = replace(QUICK, steps=4)
        private = fitting.prepare(cells, "class", ("good", "bad"), recipe, 1, epsilon=3.0, key=key)
        private.training.recipe = replace(recipe, steps=steps)
        return fitting.run(private, checkpoint=path)

    def weights(fitted: fitting.Fitted) -> torch.Tensor:
        return torch.cat([each.detach().flatten() for each in fitted.generator.parameters()])

    key, path = bytes(range(32)), tmp_path / "training.checkpoint"
    whole = weights(trained(key))
    trained(key, steps=2, path=path)
    assert torch.equal(whole, weights(trained(key, path=path)))
    assert not torch.equal(whole, weights(trained(None)))


def test_less_epsilon_is_more_noise() -> None:
    noise = [PrivacyPlan.of(epsilon, 1e-3, 800, QUICK).noise_multiplier for epsilon in (1, 8)]
    assert noise[0] > noise[1]


def test_the_controls_are_flagged_and_rows_of_the_same_kind_are_not() -> None:
    train_rows, test_rows = made_cells(600, 1), made_cells(600, 2)
    independent = controls.independent_marginals(train_rows, 2000, 0)
    assert "utility" in measuring.measured(independent, train_rows, test_rows, AIM, 0)["flags"]
    repeated = measuring.measured(
        controls.bootstrap(train_rows, 2000, 0), train_rows, test_rows, AIM, 0
    )
    assert repeated["exact_copies"] == 2000
    assert "privacy" in repeated["flags"]
    honest = made_cells(2000, 3)
    figures = measuring.measured(honest, train_rows, test_rows, AIM, 0)
    assert figures["distance_mia_auc"] == pytest.approx(0.5, abs=0.04)
    assert "utility" not in figures["flags"]


def test_the_shadow_attack_finds_a_generator_that_repeats_its_rows() -> None:
    rng = np.random.default_rng(0)
    members = rng.random((16, 200)) < 0.5
    noise = rng.normal(2.0, 0.3, (16, 200))
    assert membership.shadow_attack(noise, members)["auc"] == pytest.approx(0.5, abs=0.06)
    leaking = noise - 1.0 * members
    assert membership.shadow_attack(leaking, members)["auc"] > 0.9
    with pytest.raises(ValueError, match="at least 8"):
        membership.shadow_attack(noise[:4], members[:4])


def test_every_bar_is_judged_on_its_own_side() -> None:
    good = {
        "tstr_gap": -0.03, "tvd": 0.08, "association_difference": 0.1, "exact_copies": 0,
        "distance_mia_auc": 0.55,
    }  # fmt: skip
    assert bars.flags(good) == []
    assert bars.flags(good | {"tstr_gap": -0.031}) == ["utility"]
    assert bars.flags(good | {"exact_copies": 1, "tvd": 0.09}) == ["likeness", "privacy"]


def test_balancing_fills_the_rarer_class_and_compares_at_one_approval_rate(
    cells: pd.DataFrame,
) -> None:
    asked: list[int] = []

    def draw(rows: int) -> pd.DataFrame:
        asked.append(rows)
        return made_cells(4000, 5).query("`class` == 'bad'").head(rows)

    found = balancing.compare(cells, made_cells(300, 9), AIM, draw, 0)
    bad = int((cells["class"] == "bad").sum())
    assert asked == [len(cells) - 2 * bad]
    assert set(found["boosting"]) == set(balancing.WAYS)
    mean = balancing.mean_of([found, found])
    assert mean["logistic"]["as they are"]["difference"] == 0


def test_the_stored_graph_draws_what_was_trained(
    fitted: fitting.Fitted, cells: pd.DataFrame, tmp_path: Path
) -> None:
    made = source.Source(
        "made rows", "own", True, cells, "class", ("good", "bad"),
        np.ones(len(cells), bool), np.zeros(len(cells), np.int64),
    )  # fmt: skip
    content = exporting.write(fitted, made, tmp_path, seed=1)
    entry = read_manifest(tmp_path)["synthesiser"]
    assert entry.role == "synthesiser" and entry.file == "synthesiser.onnx"
    drawn = Synthesiser((tmp_path / entry.file).read_bytes(), content).sample(50, seed=3)
    assert list(drawn) == list(cells)
    assert not any("critic" in path.name for path in tmp_path.iterdir())


def test_training_on_a_table_writes_files_and_card(cells: pd.DataFrame, tmp_path: Path) -> None:
    path = tmp_path / "loans.csv"
    cells.to_csv(path, index=False)
    out = tmp_path / "out"
    out.mkdir()
    found = train.main(path, out, 0, target="class", positive="bad", epochs=4)
    assert {"tstr", "trtr", "tvd", "white_box_critic_auc"} <= set(found)
    assert "not anonymous" in (out / "synthesiser.md").read_text()
    assert not list(out.glob("*.checkpoint"))


def test_a_private_training_says_its_epsilon_on_the_card(
    cells: pd.DataFrame, tmp_path: Path
) -> None:
    path = tmp_path / "loans.csv"
    cells.to_csv(path, index=False)
    train.main(path, tmp_path, 0, target="class", positive="bad", epochs=3, epsilon=3.0)
    text = (tmp_path / "synthesiser.md").read_text()
    assert "ε = 3" in text and "accountant" in text and "not anonymous**" not in text
    assert "destroyed" in text and not (tmp_path / train.KEY_FILE).exists()


def test_synthetic_rows_are_refused_without_the_flag(cells: pd.DataFrame, tmp_path: Path) -> None:
    path = tmp_path / "loans.csv"
    cells.assign(synthetic="yes").to_csv(path, index=False)
    with pytest.raises(TableError, match="marked as synthetic"):
        source.read_source(path, target="class", positive="bad")
    read = source.read_source(path, target="class", positive="bad", allow_synthetic=True)
    assert "synthetic" not in read.cells


def test_a_report_goes_on_from_its_finished_parts(
    cells: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "loans.csv"
    made_cells(120).to_csv(path, index=False)
    read = source.read_source(path, target="class", positive="bad")
    plan = report.Plan(seeds=2, shadows=8, shadow_steps=2, epsilons=(), recipe=QUICK)
    content = report.make(read, tmp_path / "out", plan)
    assert set(content["controls"]) == {"independent marginals", "bootstrap"}
    assert content["shadow_attack"]["shadows"] == 8
    assert content["privacy_curve"][-1]["epsilon"] is None
    monkeypatch.setattr(fitting, "prepare", lambda *given, **more: pytest.fail("made again"))
    again = report.make(read, tmp_path / "out", plan)
    assert again == content == artifact_files.read_json(tmp_path / "out" / "synthesis_report.json")
    figures = {
        "tstr": 0.7, "trtr": 0.7, "tvd": 0.1, "association_difference": 0.1, "exact_copies": 0,
        "distance_mia_auc": 0.5, "white_box_critic_auc": 0.6, "test_rows": 20,
    }  # fmt: skip
    columns = {"seed": 0, "steps": 1, "rows": 100, "trained_on": "x", "account": None}
    artifact_files.write_json(tmp_path / "out" / "synthesiser.json", columns)
    artifact_files.write_json(tmp_path / "out" / "synthesiser_figures.json", figures)
    card.write(tmp_path / "out")
    text = (tmp_path / "out" / "synthesiser.md").read_text()
    assert "Attack with 8 shadow generators" in text and "Controls" in text

"""Noise has the distribution that the budget reckons with, and nobody can draw it again."""

import ast
import hashlib
import inspect
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import kstest

from scoring.training import private_noise as noise
from scoring.training.federated import branch, sums
from scoring.training.federated.branch import open_branch
from scoring.training.private_noise import KeyedNoise, SystemNoise, standard_normals
from tests.scoring.training.federated.conftest import COLUMNS, make_rows

COUNT = 200_000


def bytes_of_a_test(count: int) -> bytes:
    """The same bytes each time, as even as random ones."""
    return hashlib.shake_256(b"noise").digest(count)


def test_random_bytes_become_standard_normals() -> None:
    found = standard_normals(bytes_of_a_test(8 * COUNT))
    assert kstest(found, "norm").pvalue > 0.01
    # Sine and cosine of one pair, and neighbours, do not go together.
    first, second = found.reshape(2, -1)
    for one, other in ((first, second), (first[:-1], first[1:]), (first**2, second**2)):
        assert abs(np.corrcoef(one, other)[0, 1]) < 0.01


def test_laplace_has_the_scale_that_was_asked_for() -> None:
    found = KeyedNoise(bytes(32), "a test").laplace(2.5, (COUNT // 4,))
    assert kstest(found / 2.5, "laplace").pvalue > 0.01


def test_a_key_and_a_label_are_a_stream_that_goes_on() -> None:
    def drawn(key: bytes, label: str) -> list[float]:
        source = KeyedNoise(key, label)
        return [float(source.gaussian(1.0, ())), float(source.uniform(()))]

    first = drawn(bytes(32), "step 1")
    assert first == drawn(bytes(32), "step 1")
    assert not set(first) & set(drawn(bytes(32), "step 2"))
    assert not set(first) & set(drawn(b"k" * 32, "step 1"))
    assert noise.new_key() != noise.new_key()
    KeyedNoise(noise.new_key(), "a")
    with pytest.raises(ValueError, match="32 bytes"):
        KeyedNoise(b"", "a")


def test_a_training_keeps_one_key_for_its_owner(tmp_path: Path) -> None:
    from scoring.training.synthesiser import train

    path = tmp_path / train.KEY_FILE
    key = train._kept_key(path)
    assert train._kept_key(path) == key and len(key) == 32
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in tmp_path.iterdir()] == [train.KEY_FILE]


@pytest.mark.parametrize("byte", [b"\x00", b"\xff"])
def test_no_bytes_give_what_is_no_number(byte: bytes) -> None:
    found = standard_normals(16 * byte)
    assert np.all(np.isfinite(found)) and np.abs(found).max() < 8.7


def test_a_sum_of_draws_has_the_scale_that_was_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(noise.secrets, "token_bytes", bytes_of_a_test)
    found = SystemNoise().gaussian(7.5, (COUNT // 2, 1))
    assert found.shape == (COUNT // 2, 1)
    assert kstest(found.ravel() / 7.5, "norm").pvalue > 0.01


@pytest.mark.parametrize("shape", [(0,), (1,), (7,), (3, 5)])
def test_every_shape_is_filled_and_never_twice_alike(shape: tuple[int, ...]) -> None:
    one, other = (SystemNoise().gaussian(1.0, shape) for _ in range(2))
    assert one.shape == other.shape == shape
    assert not np.any(one == other)


def test_a_branch_that_was_opened_draws_from_the_system(tmp_path: Path) -> None:
    from scoring.training.federated.agreement import Agreement

    Agreement("test", "bad", "1", COLUMNS, epsilon=1.0).write(tmp_path / branch.AGREEMENT_FILE)
    for part in ("train", "test"):
        (tmp_path / f"{part}.csv").write_text("debt,income,home,bad\n1,2,own,1\n3,4,rent,0\n")
    assert isinstance(open_branch(tmp_path).draw, SystemNoise)
    assert list(inspect.signature(open_branch).parameters) == ["folder"]


def test_nothing_that_adds_noise_knows_a_generator_with_a_seed() -> None:
    for module in (sums, branch, noise):
        names = {
            node.attr
            for node in ast.walk(ast.parse(inspect.getsource(module)))
            if isinstance(node, ast.Attribute)
        }
        assert not names & {"default_rng", "RandomState", "Generator", "seed"}, module.__name__


def test_noise_moves_a_sum_by_the_multiplier_times_its_sensitivity() -> None:
    from scoring.training.federated.agreement import Agreement

    agreement = Agreement("test", "bad", "1", COLUMNS, epsilon=1.0)
    rows = make_rows(1, rows=60, coarse=True)

    def counted(multiplier: float) -> np.ndarray:
        return sums.counts(sums.Question(agreement, rows, {}, multiplier, SystemNoise(), 60.0))

    moved = (counted(3.0) - counted(0.0)) / (3.0 * len(COLUMNS) ** 0.5)
    # Seven deviations: by chance once in 10¹¹ runs.
    assert abs(moved.mean()) < 7 / len(moved) ** 0.5
    assert abs(moved.std() - 1) < 7 / (2 * len(moved)) ** 0.5

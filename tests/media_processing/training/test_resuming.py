"""A checkpoint tells what it was begun with."""

from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="needs the training requirements")

from media_processing.training.resuming import Origin, origin_of  # noqa: E402

pytestmark = pytest.mark.training
CHECKPOINT = Path("run.pt")


def begun(
    seed: int = 1, epochs: int = 3, samples: tuple[str, ...] = ("a", "b"), weight: float = 0.0
) -> Origin:
    return origin_of(seed, {"epochs": epochs}, samples, {"a": torch.full((3,), weight)})


def test_a_run_goes_on_from_its_own_checkpoint(tmp_path: Path) -> None:
    torch.save({"network": {}, **begun().saved()}, tmp_path / "run.pt")
    state = torch.load(tmp_path / "run.pt", weights_only=True)
    begun().check(state, tmp_path / "run.pt")


@pytest.mark.parametrize(
    ("other", "told"),
    [
        (begun(seed=2), "another seed;"),
        (begun(epochs=4), "another recipe;"),
        (begun(samples=("b", "a")), "another data;"),
        (begun(samples=("a",)), "another data;"),
        (begun(weight=1.0), "another start;"),
        (begun(seed=2, epochs=4), "another seed and recipe;"),
    ],
)
def test_the_parts_that_differ_are_named(other: Origin, told: str) -> None:
    with pytest.raises(ValueError, match=rf"run\.pt was begun with {told} train into another"):
        begun().check(other.saved(), CHECKPOINT)


def test_a_checkpoint_that_does_not_say_is_refused() -> None:
    with pytest.raises(ValueError, match=r"run\.pt does not say what it was begun with"):
        begun().check({"network": {}}, CHECKPOINT)

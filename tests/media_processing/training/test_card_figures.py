"""The figures of the model cards: their format, and that the shipped weights still reach them."""

import io
import json
import os
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from media_processing.inference.manifest import read_manifest
from media_processing.selectors import WEIGHTS_DIR
from media_processing.training.card_figures import (
    CardFigures,
    Figure,
    FiguresError,
    Measured,
    arguments_of,
    differences,
    fallen,
    figures_path,
    main,
    measure_again,
    read_figures,
    write_figures,
)

ROOT = Path(__file__).resolve().parents[3]
DATA = Path(os.environ.get("CREDITWEB_SHARED_DATA", ROOT.parent / "shared" / "data"))
# silero_vad only says where speech is; speaker and fusion are measured by their trainings alone.
NOT_EVALUATED = {"silero_vad", "fusion", "fusion_transformer", "speaker"}
MANIFEST = {
    name: entry for name, entry in read_manifest(WEIGHTS_DIR).items() if name not in NOT_EVALUATED
}
SLICES = [
    (name, figure.name, figure)
    for name in MANIFEST
    for figure in read_figures(figures_path(name)).figures
    if figure.sliced is not None
]

WHOLE = Measured(40, 0.8, 0.7)
CARD = CardFigures(
    "face_emotion",
    "1.0.0",
    (
        Figure("test", ("face", "--dataset", "ferplus"), WHOLE, 10, Measured(10, 0.9, 0.8)),
        Figure("other", ("face", "--dataset", "muxspace"), WHOLE),
    ),
)


def report(n: int, accuracy: float, uar: float) -> dict[str, Any]:
    per_class = {"happy": {"recall": uar, "n": n // 2}, "sad": {"recall": uar, "n": n // 2}}
    return {"n": n, "accuracy": accuracy, "uar": uar, "per_class": per_class}


# --- the format ---------------------------------------------------------------------------------


def test_figures_are_read_as_they_were_written(tmp_path: Path) -> None:
    write_figures(CARD, tmp_path / "face_emotion.figures.json")
    assert read_figures(figures_path("face_emotion", tmp_path)) == CARD


def test_a_slice_of_few_rows_may_have_more_samples(tmp_path: Path) -> None:
    wide = replace(CARD.figures[0], limit=3, sliced=Measured(12, 0.9, 0.8))
    write_figures(replace(CARD, figures=(wide, CARD.figures[0])), tmp_path / "a.figures.json")
    assert read_figures(tmp_path / "a.figures.json").figures == (wide, CARD.figures[0])
    slices = [
        figure["slice"]
        for figure in json.loads((tmp_path / "a.figures.json").read_text())["figures"]
    ]
    assert [part.get("n") for part in slices] == [12, None]


def test_what_a_run_tells_beside_its_scores_is_kept_and_not_compared(tmp_path: Path) -> None:
    told = {"ece": 0.03, "accuracy_ci": [0.7, 0.9], "ci_unit": "person", "ci_units": 12}
    measured = measure_again(
        CARD, Path("data"), slices=False, measure=lambda *_: report(40, 0.8, 0.7) | told
    )
    write_figures(measured, tmp_path / "a.figures.json")
    again = read_figures(tmp_path / "a.figures.json")
    assert again.figures[1].whole.beside == told
    assert (
        differences(
            replace(CARD, figures=CARD.figures[1:]), replace(again, figures=again.figures[1:])
        )
        == []
    )


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        ({"accuracy": 1.2}, "is no measurement"),
        ({"n": 0}, "is no measurement"),
        ({"uar": None}, "TypeError"),
        ({"evaluate": ["credit"]}, "evaluate cannot be credit"),
        ({"evaluate": ["face", "--root", "x"]}, "evaluate cannot be"),
        ({"slice": {"accuracy": 1}}, "KeyError 'limit'"),
    ],
)
def test_a_figure_that_says_nothing_is_refused(
    tmp_path: Path, broken: dict[str, Any], told: str
) -> None:
    path = tmp_path / "a.figures.json"
    write_figures(CARD, path)
    content = json.loads(path.read_text())
    content["figures"][0] |= broken
    path.write_text(json.dumps(content))
    with pytest.raises(FiguresError, match=told):
        read_figures(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(FiguresError, match="there is no absent"):
        read_figures(figures_path("absent", tmp_path))


# --- measuring again ----------------------------------------------------------------------------


def test_the_command_of_a_figure_has_the_root_of_its_modality() -> None:
    told = arguments_of(CARD.figures[0], Path("data"), 10)
    assert told == [
        "face",
        "--dataset",
        "ferplus",
        "--limit",
        "10",
        "--root",
        "data/face",
        "--json",
    ]


def test_one_sample_may_fall_to_the_other_side_and_no_second() -> None:
    expected = Measured(40, 0.8, 0.7)
    assert not fallen(report(40, 0.8 - 1 / 40, 0.7 - 1 / 40), expected)
    assert fallen(report(40, 0.8 - 2 / 40, 0.7), expected)
    assert fallen(report(40, 0.8, 0.7 - 2 / 40), expected)
    assert fallen(report(39, 0.9, 0.9), expected)


def test_what_came_out_differently_is_told_and_only_that() -> None:
    def measure(figure: Figure, data: Path, limit: int | None) -> dict[str, Any]:
        return report(10, 0.9, 0.8) if limit else report(40, 0.8004, 0.7 if limit is None else 0)

    same = measure_again(CARD, Path("data"), slices=False, measure=measure)
    assert differences(CARD, same) == []
    worse = measure_again(CARD, Path("data"), slices=True, measure=lambda *_: report(10, 0.5, 0.5))
    (told,) = differences(CARD, worse)
    assert told.startswith("test, slice of 10: Measured(n=10, accuracy=0.5")
    assert worse.figures[1] == CARD.figures[1]


def test_the_command_ends_with_1_where_a_figure_differs_and_can_keep_the_new_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    module = "media_processing.training.card_figures"
    path = tmp_path / "face_emotion.figures.json"
    write_figures(CARD, path)
    better = replace(CARD, figures=(replace(CARD.figures[0], whole=Measured(40, 0.9, 0.9)),) * 2)
    monkeypatch.setattr(f"{module}.figures_path", lambda name: path)
    monkeypatch.setattr(f"{module}.measure_again", lambda *_, **__: better)
    assert main(["face_emotion", "--root", "data"]) == 1
    assert "test: Measured(n=40, accuracy=0.9" in capsys.readouterr().out
    assert main(["face_emotion", "--root", "data", "--write"]) == 0
    assert read_figures(path) == better


def test_a_card_without_such_figures_is_not_called_the_same(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        main(["fusion", "--root", "data", "--write"])
    assert "measures no figure of fusion" in capsys.readouterr().err


# --- the shipped weights ------------------------------------------------------------------------


@pytest.mark.parametrize("name", MANIFEST)
def test_the_figures_are_those_of_the_shipped_version(name: str) -> None:
    card = read_figures(figures_path(name))
    assert (card.network, card.version) == (name, MANIFEST[name].version)
    assert card.figures and any(figure.sliced for figure in card.figures)


@pytest.mark.parametrize("name", MANIFEST)
def test_every_figure_stands_in_the_card(name: str) -> None:
    text = (WEIGHTS_DIR / MANIFEST[name].card).read_text(encoding="utf-8")
    printed = set(re.findall(r"\d+(?:\.\d+)?", text))
    for figure in read_figures(figures_path(name)).figures:
        # A card may print only one of the two, such as balanced accuracy where classes are few.
        shares = (figure.whole.accuracy, figure.whole.uar)
        ways = {w for s in shares for w in (f"{s:.2f}", f"{s:.3f}", f"{100 * s:.1f}")}
        assert ways & printed, f"{figure.name}: none of {sorted(ways)} is printed"
        assert str(figure.whole.n) in printed, f"{figure.name}: n = {figure.whole.n}"


@pytest.mark.parametrize("name", read_manifest(WEIGHTS_DIR))
def test_every_picture_of_a_card_is_one_that_its_page_sends(name: str) -> None:
    text = (WEIGHTS_DIR / read_manifest(WEIGHTS_DIR)[name].card).read_text(encoding="utf-8")
    for file in re.findall(r"!\[[^\]]*\]\(([^) ]+)", text):
        assert re.fullmatch(rf"pictures/{name}_[a-z0-9_]+\.(svg|png)", file), file
        assert (WEIGHTS_DIR / file).is_file(), file


@pytest.mark.shared_data
@pytest.mark.training
@pytest.mark.parametrize(
    ("name", "told", "figure"), SLICES, ids=[f"{name}: {told}" for name, told, _ in SLICES]
)
def test_the_shipped_weights_reach_their_figures(name: str, told: str, figure: Figure) -> None:
    if not (DATA / figure.evaluate[0]).is_dir():
        pytest.skip(f"needs {figure.evaluate[0]} in the folder that CREDITWEB_SHARED_DATA names")
    out = io.StringIO()
    call_command("evaluate_model", *arguments_of(figure, DATA, figure.limit), stdout=out)
    assert figure.sliced is not None
    assert not fallen(json.loads(out.getvalue()), figure.sliced), out.getvalue()

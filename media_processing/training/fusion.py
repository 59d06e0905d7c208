"""`manage.py train_model fusion`: fit, train, compare, and write what ships.

The single-modality outputs for some held-out people fit the product of experts and train the
Transformer; those for others measure both and the plain average. The Transformer ships only
if it surely beats both; else the product of experts ships. Either way the folder then holds every
file that goes into ``weights/``: the numbers, the network if it ships, card, figures, pictures.

The outputs are read once per version of the networks (minutes) and kept in ``OUT/outputs``.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime
import torch

from media_processing.analysis.fusion import FusionParameters, plain_average, product_of_experts
from media_processing.analysis.fusion_windows import MODALITIES, WindowReadings
from media_processing.analysis.types import EMOTIONS, Modality
from media_processing.inference.fusion import NETWORK, TRANSFORMER, parameters_json
from media_processing.inference.fusion_transformer import tokens_of
from media_processing.inference.labels import mapping_matrix
from media_processing.inference.manifest import NetworkEntry, read_manifest, write_manifest
from media_processing.training import fusion_card
from media_processing.training.fusion_fit import EVEN, fit
from media_processing.training.fusion_measure import (
    Bootstrap,
    beats_both,
    cells_of,
    compare,
    conflict_rates,
    confusion_of,
    quality_of,
    signs_of_doubt,
)
from media_processing.training.fusion_network import Probabilities, train
from media_processing.training.fusion_pairs import draw_pairs
from media_processing.training.fusion_sources import (
    NETWORKS,
    Outputs,
    describe,
    everyday_shares,
    read_parts,
)

FloatArray = npt.NDArray[np.float64]

WEIGHTS_DIR = Path(__file__).resolve().parent.parent / "weights"
TRANSFORMER_NAME, PRODUCT_NAME, AVERAGE_NAME = "Transformer", "product of experts", "plain average"
TRAINING_PAIRS, FITTING_PAIRS = 40_000, 2000
OPSET = 17
# What the outputs come from asks for it.
LICENCE = "CC-BY-NC-SA-4.0; outputs for FER+ pictures: research and evaluation"
TAUGHT_BY = ("outputs of the product's networks for FER+, RAVDESS, nEMO and Bandai-Namco 1",)


def main(data: Path, out: Path, seed: int, *, weights: Path = WEIGHTS_DIR) -> None:
    """Fit, train, measure and write; ``weights`` holds the networks whose outputs are fused.

    Raises FileNotFoundError where a data set is missing.
    """
    torch.set_num_threads(1)
    fitting, testing = read_parts(data, weights, out / "outputs")
    rng = np.random.default_rng(seed)
    parameters = fit(
        fitting,
        known_labels(weights),
        everyday_shares(data),
        draw_pairs(fitting, FITTING_PAIRS, rng),
        rng,
    )
    network, history = train(draw_pairs(fitting, TRAINING_PAIRS, rng), seed)
    figures = _measured(testing, parameters, network, rng)
    figures |= {
        "seed": seed,
        "learnt_from": describe(fitting),
        "measured_on": describe(testing),
        "networks": _networks(weights),
        "onnx_difference": export(network, out / f"{TRANSFORMER}.onnx"),
        "onnx_bytes": (out / f"{TRANSFORMER}.onnx").stat().st_size,
        "parameters": parameters_json(parameters),
    }
    _write(out, figures, history)


def known_labels(weights: Path) -> dict[Modality, npt.NDArray[np.bool_]]:
    """Return which of the seven labels each network was taught."""
    manifest = read_manifest(weights)
    return {
        modality: mapping_matrix(manifest[NETWORKS[modality][-1]].classes).any(axis=0)
        for modality in MODALITIES
    }


def _measured(
    testing: Mapping[Modality, Outputs],
    parameters: FusionParameters,
    network: Probabilities,
    rng: np.random.Generator,
) -> dict[str, Any]:
    methods = {
        TRANSFORMER_NAME: lambda readings: torch_fuse(network, readings),
        PRODUCT_NAME: lambda readings: product_of_experts(readings, parameters, EVEN),
        AVERAGE_NAME: plain_average,
    }
    cells = cells_of(testing, methods, rng)
    comparison = compare(cells, Bootstrap(testing, rng))
    ships = beats_both(comparison)
    return {
        "ships": TRANSFORMER_NAME if ships else PRODUCT_NAME,
        "comparison": comparison,
        "calibration": quality_of(cells),
        "doubt": signs_of_doubt(cells, parameters),
        "conflict": conflict_rates(testing, parameters, rng),
        "confusion": confusion_of(cells, TRANSFORMER_NAME if ships else PRODUCT_NAME).tolist(),
    }


def torch_fuse(network: Probabilities, readings: WindowReadings) -> FloatArray:
    """Return (n, 7) of readings in each of which something is present."""
    with torch.no_grad():
        found = network(torch.from_numpy(tokens_of(readings))).double().numpy()
    return np.asarray(found / found.sum(axis=1, keepdims=True))


def export(network: Probabilities, path: Path) -> float:
    """Write the network as ONNX; return the largest difference from torch."""
    path.parent.mkdir(parents=True, exist_ok=True)
    example = torch.randn(2, len(MODALITIES), len(EMOTIONS) + 5)
    example[:, :, -1] = 1.0
    torch.onnx.export(
        network,
        (example,),
        str(path),
        input_names=["tokens"],
        output_names=["probabilities"],
        dynamic_axes={"tokens": {0: "windows"}, "probabilities": {0: "windows"}},
        opset_version=OPSET,
        dynamo=False,
    )
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    batch = torch.randn(64, *example.shape[1:])
    batch[:, :, -1] = (batch[:, :, -1] > 0).float()
    with torch.no_grad():
        expected = network(batch).numpy()
    return float(np.abs(session.run(None, {"tokens": batch.numpy()})[0] - expected).max())


def _networks(weights: Path) -> list[dict[str, str]]:
    manifest = read_manifest(weights)
    names = [name for modality in MODALITIES for name in NETWORKS[modality]]
    return [
        {"name": name, "version": manifest[name].version, "sha256": manifest[name].sha256}
        for name in names
    ]


def _write(out: Path, figures: dict[str, Any], history: list[dict[str, float]]) -> None:
    text = json.dumps({"method": figures["ships"], **figures["parameters"]}, indent=1)
    (out / f"{NETWORK}.json").write_text(text + "\n", encoding="utf-8")
    (out / "history.json").write_text(json.dumps(history) + "\n", encoding="utf-8")
    fusion_card.write(out, figures, history)
    files = {NETWORK: f"{NETWORK}.json"}
    if figures["ships"] == TRANSFORMER_NAME:
        files[TRANSFORMER] = f"{TRANSFORMER}.onnx"
    write_manifest([_entry(out, name, file) for name, file in files.items()], out)
    print(f"{figures['ships']} ships; {out / 'manifest.toml'} names what does")  # noqa: T201


def _entry(out: Path, name: str, file: str) -> NetworkEntry:
    return NetworkEntry(
        name=name,
        version=fusion_card.VERSION,
        file=file,
        sha256=hashlib.sha256((out / file).read_bytes()).hexdigest(),
        licence=LICENCE,
        commercial=False,
        trained_on=TAUGHT_BY,
        card=f"{NETWORK}.md",
        classes=EMOTIONS,
    )

"""The files of a synthesiser: generator as ONNX, columns as JSON, card; the critic is not stored.

A critic tells members from others far better than anything that the generator draws (its attack
stands in the card), so it is never written beside the generator, and the checkpoint that holds it
is deleted when the files are whole.
"""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch

from scoring.privacy.synthesis import Synthesiser, drawing_seed
from scoring.training import artifact_files
from scoring.training.synthesiser.fitting import Fitted, draw_rows
from scoring.training.synthesiser.networks import LATENT, Exported
from scoring.training.synthesiser.source import Source

GRAPH, COLUMNS, CARD = "synthesiser.onnx", "synthesiser.json", "synthesiser.md"
REPORT = "synthesis_report.json"
OPSET = 18
CHECKED_ROWS = 500
# Levels are drawn at random from logits: a rounding may turn one of many thousand draws.
LEAST_EQUAL = 0.999


def write(
    fitted: Fitted, source: Source, out: Path, *, version: str = "1", seed: int = 0
) -> dict[str, Any]:
    """Write graph and columns, and name them in the manifest; return the columns' content.

    Raises ValueError where the stored graph does not draw what the trained generator draws.
    """
    graph = _graph(fitted)
    content = {
        "version": version,
        "seed": seed,
        "trained_on": source.name,
        "rows": len(fitted.coded),
        "steps": fitted.training.done,
        "epsilon": fitted.account["epsilon"] if fitted.account else None,
        "account": fitted.account,
        **fitted.description,
    }
    _check(graph, content, fitted)
    (out / GRAPH).write_bytes(graph)
    artifact_files.write_json(out / COLUMNS, content)
    for name, file in (("synthesiser", GRAPH), ("synthesiser_columns", COLUMNS)):
        _register(out, name, file, source, version)
    return content


def check_columns(source: Source, out: Path) -> None:
    """Raise ValueError where the generator in ``out`` learned from other columns than these."""
    if not (out / COLUMNS).is_file():
        return
    learned = artifact_files.read_json(out / COLUMNS)["order"]
    if set(learned) != set(source.cells):
        other = ", ".join(sorted(set(learned) ^ set(source.cells)))
        raise ValueError(
            f"the generator in {out} learned from other columns ({other}): give --drop as its "
            "training had it, or another --out"
        )


def register_report(source: Source, out: Path, version: str = "1") -> None:
    """Name the report in the manifest."""
    _register(out, "synthesis_report", REPORT, source, version)


def _register(out: Path, name: str, file: str, source: Source, version: str) -> None:
    artifact_files.register(
        out,
        name=name,
        version=version,
        role="synthesiser",
        file=file,
        licence=source.licence,
        trained_on=[source.name],
        card=CARD,
        commercial=source.commercial,
    )


def _graph(fitted: Fitted) -> bytes:
    shape = fitted.training.rows.shape
    program = torch.onnx.export(
        Exported(fitted.generator).eval(),
        (torch.zeros(2, LATENT), torch.zeros(2, shape.condition)),
        input_names=["noise", "condition"],
        output_names=["quantiles", "logits"],
        dynamic_shapes=({0: torch.export.Dim("rows")}, {0: torch.export.Dim("rows")}),
        opset_version=OPSET,
        dynamo=True,
        verbose=False,
    )
    assert program is not None
    model = program.model_proto
    # Names of the machine that exported it are nobody's business.
    for node in (*model.graph.node, *(n for f in model.functions for n in f.node)):
        del node.metadata_props[:]
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def _check(graph: bytes, content: dict[str, Any], fitted: Fitted) -> None:
    stored = Synthesiser(graph, content).sample(CHECKED_ROWS, seed=7)
    trained = draw_rows(fitted.generator, content, CHECKED_ROWS, drawing_seed(7))
    equal = np.mean([np.mean(trained[name].to_numpy(object) == stored[name]) for name in stored])
    if equal < LEAST_EQUAL:
        raise ValueError(f"the stored graph draws other rows than the generator ({equal:.4f})")

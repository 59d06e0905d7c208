"""Putting a fitted fusion in place: ``python -m media_processing.training.fusion_place OUT``.

Copies what ``manage.py train_model fusion`` left in OUT into ``weights/`` and renews its entries
in the manifest. A Transformer that no longer ships is taken out.
"""

import shutil
import sys
from pathlib import Path

from media_processing.inference.fusion import NETWORK, TRANSFORMER
from media_processing.inference.manifest import read_manifest

WEIGHTS_DIR = Path(__file__).resolve().parent.parent / "weights"
TABLE = "[[network]]"


def place(out: Path, weights: Path) -> None:
    """Copy the files that ``out/manifest.toml`` names, with card, figures and pictures."""
    entries = read_manifest(out)
    ours = {NETWORK, TRANSFORMER}
    if TRANSFORMER not in entries:
        (weights / f"{TRANSFORMER}.onnx").unlink(missing_ok=True)
    for file in [*(e.file for e in entries.values()), f"{NETWORK}.md", f"{NETWORK}.figures.json"]:
        shutil.copyfile(out / file, weights / file)
    (weights / "pictures").mkdir(exist_ok=True)
    for picture in (out / "pictures").glob(f"{NETWORK}_*.svg"):
        shutil.copyfile(picture, weights / "pictures" / picture.name)
    head, *tables = (weights / "manifest.toml").read_text(encoding="utf-8").split(TABLE)
    others = [table for table in tables if not any(f'name = "{name}"\n' in table for name in ours)]
    fresh = (out / "manifest.toml").read_text(encoding="utf-8").split(TABLE)[1:]
    parts = [head.strip(), *(f"{TABLE}\n{table.strip()}" for table in [*others, *fresh])]
    (weights / "manifest.toml").write_text("\n\n".join(parts) + "\n", encoding="utf-8")


if __name__ == "__main__":
    place(Path(sys.argv[1]), WEIGHTS_DIR)

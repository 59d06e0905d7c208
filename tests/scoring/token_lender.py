"""A lender of its own over the shipped network, with a key that the test holds."""

from pathlib import Path

from django.core.management import call_command

from scoring.engine.artifacts import read_json, read_manifest, write_manifest
from scoring.paths import ARTIFACTS_DIR
from scoring.privacy import key_files
from scoring.training import artifact_files


def own_lender(tmp_path: Path, tenant: str = "bank-a") -> tuple[Path, dict[str, str]]:
    """Install the shipped network under a vocabulary whose key the test holds."""
    key, folder = tmp_path / "key.json", tmp_path / "trained"
    call_command("privacy", "new-key", str(key), tenant=tenant)
    ring = key_files.read_key_file(key)
    shipped = read_json("german_token_vocabulary", ARTIFACTS_DIR)
    for column in shipped["columns"]:
        column["tokens"] = {
            ring.token(column["name"], f"value {number}"): number
            for number in column["tokens"].values()
        }
    folder.mkdir()
    (folder / "german_tokens.onnx").write_bytes((ARTIFACTS_DIR / "german_tokens.onnx").read_bytes())
    artifact_files.write_json(folder / "german_token_vocabulary.json", shipped | {"tenant": tenant})
    write_manifest([read_manifest(ARTIFACTS_DIR)["german_tokens"]], folder)
    artifact_files.register(
        folder, name="german_token_vocabulary", version="1", role="german_credit",
        file="german_token_vocabulary.json", licence="CC BY 4.0", trained_on=[], card="x.md",
    )  # fmt: skip
    call_command("privacy", "install", str(folder))
    return key, {each["name"]: next(iter(each["tokens"])) for each in shipped["columns"]}

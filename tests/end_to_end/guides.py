"""The shell blocks of a guide, as one script."""

import re
import shutil
import subprocess
import textwrap
from pathlib import Path

import pytest

from creditweb.local import ROOT
from tests.end_to_end.running_site import Site

SHELL_BLOCK = re.compile(r"^ *```sh\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
GUIDES = ROOT / "docs" / "guides"
WALK_S = 180


def script_of(guide: Path, named: str, recording: Path) -> str:
    """Return a guide's shell blocks as one script that stops at the first error.

    ``named`` is the line by which the guide names its recording.
    """
    blocks = [textwrap.dedent(found) for found in SHELL_BLOCK.findall(guide.read_text())]
    script = "\n".join(["set -euo pipefail", *blocks])
    assert f"{named}\n" in script, "the guide no longer says where its recording is named"
    return script.replace(named, f"RECORDING={recording}")


def walk(site: Site, guide: Path, named: str, recording: Path) -> list[str]:
    """Run a guide against a site; return the lines that it prints."""
    if not (shutil.which("curl") and (ROOT / ".venv/bin/python").exists()):
        pytest.skip("needs curl, and the environment that `make setup` makes")
    ran = subprocess.run(
        ["bash", "-c", script_of(guide, named, recording)],
        cwd=ROOT, env=site.environment | {"PORT": str(site.port)}, timeout=WALK_S,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout.splitlines()

"""Fetch the front-end libraries that static/vendor/manifest.toml pins, and check their sha256.

    python scripts/vendor_static.py          fetch, compare with the manifest, write
    python scripts/vendor_static.py --pin    after a version was changed: fetch, write, pin anew
    python scripts/vendor_static.py --check  compare the files on disk with the manifest

Packages come through the ordinary npm client (`npm pack`); nothing is built and no script of a
package runs.
"""

import argparse
import hashlib
import re
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

VENDOR_DIR = Path(__file__).resolve().parent.parent / "static" / "vendor"
MANIFEST = VENDOR_DIR / "manifest.toml"

# The maps themselves are not vendored, and a hashed static storage refuses a dangling reference.
SOURCE_MAP = re.compile(rb"\n?(?://[#@] ?sourceMappingURL=\S+|/\*# ?sourceMappingURL=\S+ ?\*/)\s*$")
SVG_ELEMENT = re.compile(r"<svg[^>]*viewBox=\"([^\"]+)\"[^>]*>(.*)</svg>", re.DOTALL)

Package = dict[str, Any]


def packages() -> list[Package]:
    """Return the manifest's package tables."""
    listed: list[Package] = tomllib.loads(MANIFEST.read_text())["package"]
    return listed


def download(package: Package, folder: Path) -> tarfile.TarFile:
    """Fetch the tarball of one package with npm and open it."""
    wanted = f"{package['name']}@{package['version']}"
    done = subprocess.run(
        ["npm", "pack", "--silent", wanted], cwd=folder, check=True, capture_output=True, text=True
    )
    return tarfile.open(folder / done.stdout.split()[-1])


def member(archive: tarfile.TarFile, path: str) -> bytes:
    """Return one file of a package, without its reference to a source map."""
    stream = archive.extractfile(f"package/{path}")
    if stream is None:
        raise FileNotFoundError(path)
    content = stream.read()
    return SOURCE_MAP.sub(b"\n", content) if path.endswith((".js", ".css")) else content


def symbol(name: str, svg: str) -> str:
    """Return an icon as the <symbol> of a sprite."""
    found = SVG_ELEMENT.search(svg)
    if found is None:
        raise ValueError(f"icon {name} is not a plain SVG")
    body = re.sub(r"\s*\n\s*", "", found[2])
    return f'<symbol id="{name}" viewBox="{found[1]}">{body}</symbol>'


def sprite(archive: tarfile.TarFile, names: list[str]) -> bytes:
    """Join the chosen icons into one SVG file."""
    symbols = [symbol(name, member(archive, f"icons/{name}.svg").decode()) for name in names]
    return "\n".join(['<svg xmlns="http://www.w3.org/2000/svg">', *symbols, "</svg>", ""]).encode()


def contents(package: Package, archive: tarfile.TarFile) -> Iterator[tuple[str, str, bytes]]:
    """Yield (target, pinned sha256, content) of each file of a package."""
    for entry in package["file"]:
        if "icons" in entry:
            yield entry["target"], entry["sha256"], sprite(archive, entry["icons"])
        elif "source" in entry:
            yield entry["target"], entry["sha256"], member(archive, entry["source"])


def pin(target: str, digest: str) -> None:
    """Write a new sha256 below its target into the manifest."""
    pattern = re.compile(rf'(target = "{re.escape(target)}"\nsha256 = ")[0-9a-f]*(")')
    MANIFEST.write_text(pattern.sub(rf"\g<1>{digest}\g<2>", MANIFEST.read_text()))


def fetch(package: Package, *, pinning: bool) -> list[str]:
    """Write the files of one package; return the targets whose sha256 is not the pinned one."""
    wrong = []
    with tempfile.TemporaryDirectory() as folder, download(package, Path(folder)) as archive:
        for target, pinned, content in contents(package, archive):
            digest = hashlib.sha256(content).hexdigest()
            if pinning:
                pin(target, digest)
            elif digest != pinned:
                wrong.append(target)
                continue
            (VENDOR_DIR / target).parent.mkdir(parents=True, exist_ok=True)
            (VENDOR_DIR / target).write_bytes(content)
    return wrong


def mismatches() -> list[str]:
    """Return the targets on disk that are missing or differ from the manifest."""
    wrong = []
    for entry in (entry for package in packages() for entry in package["file"]):
        path = VENDOR_DIR / entry["target"]
        if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != entry["sha256"]:
            wrong.append(entry["target"])
    return wrong


def main() -> int:
    """Run the command; the exit status is 1 when a file is not the pinned one."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pin", action="store_true")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    if options.check:
        wrong = mismatches()
    else:
        wrong = [name for one in packages() for name in fetch(one, pinning=options.pin)]
    for target in wrong:
        sys.stderr.write(f"{target}: not the file that the manifest pins\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

"""The vendored files are the pinned ones, and each comes with its licence."""

from pathlib import Path

import pytest

from scripts import vendor_static


def test_files_on_disk_are_the_pinned_ones() -> None:
    assert vendor_static.mismatches() == []


def test_every_vendored_file_is_in_the_manifest() -> None:
    listed = {entry["target"] for package in vendor_static.packages() for entry in package["file"]}
    folder = vendor_static.VENDOR_DIR
    found = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert found - {"manifest.toml"} == listed


def test_every_package_names_a_licence_and_ships_its_text() -> None:
    for package in vendor_static.packages():
        assert package["licence"]
        assert (vendor_static.VENDOR_DIR / package["licence_file"]).read_text().strip()


def test_a_changed_file_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for package in vendor_static.packages():
        for entry in package["file"]:
            copy = tmp_path / entry["target"]
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes((vendor_static.VENDOR_DIR / entry["target"]).read_bytes())
    (tmp_path / "htmx" / "htmx.min.js").write_text("alert(1)")
    (tmp_path / "tus" / "tus.min.js").unlink()
    monkeypatch.setattr(vendor_static, "VENDOR_DIR", tmp_path)
    assert vendor_static.mismatches() == ["htmx/htmx.min.js", "tus/tus.min.js"]


def test_references_to_source_maps_are_taken_out() -> None:
    assert vendor_static.SOURCE_MAP.sub(b"\n", b"a()\n//# sourceMappingURL=a.js.map\n") == b"a()\n"


def test_an_icon_becomes_a_symbol_of_the_sprite() -> None:
    svg = '<svg xmlns="x" width="16" viewBox="0 0 16 16">\n  <path d="M0"/>\n</svg>'
    assert vendor_static.symbol("dot", svg) == (
        '<symbol id="dot" viewBox="0 0 16 16"><path d="M0"/></symbol>'
    )

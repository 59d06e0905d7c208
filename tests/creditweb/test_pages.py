"""What holds for every template and style sheet of the site."""

import re
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
STYLE_SHEETS = sorted((ROOT / "static" / "css").glob("*.css"))
SCRIPTS = sorted((ROOT / "static" / "js").glob("*.js"))

# What no page may say of a person (an emotion is a signal that software observed, not a fact).
CLAIMS = re.compile(
    r"\b(is|was|seems|looks|being) (angry|afraid|fearful|sad|happy|disgusted|nervous|lying)\b"
    r"|\b(dis)?honest(y|ly)?\b|\btrustworth|\bdeceptive|\bdeceit\b|\blie detect",
    re.IGNORECASE,
)
INLINE = re.compile(
    r"\sstyle=|\son[a-z]+=|<style|<script(?![^>]*\b(src|type=\"application/json\"))"
)
ICON = re.compile(r"{% icon \"([^\"]+)\"|with icon=\"([^\"]+)\"|rail_link \"[^\"]+\" \"([^\"]+)\"")


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", TEMPLATES, ids=relative)
def test_a_template_makes_no_claim_about_a_person(path: Path) -> None:
    assert CLAIMS.search(path.read_text()) is None


@pytest.mark.parametrize(
    "claim", ["The applicant is angry.", "a dishonest answer", "a trustworthy person"]
)
def test_a_claim_about_a_person_would_be_found(claim: str) -> None:
    assert CLAIMS.search(claim)


@pytest.mark.parametrize("path", TEMPLATES, ids=relative)
def test_a_template_has_no_inline_script_or_style(path: Path) -> None:
    assert INLINE.search(path.read_text()) is None


@pytest.mark.parametrize("path", [*TEMPLATES, *STYLE_SHEETS, *SCRIPTS], ids=relative)
def test_nothing_is_loaded_from_another_host(path: Path) -> None:
    addresses = re.findall(r"https?://[^\s\"'<>)]+", path.read_text())
    assert [each for each in addresses if not each.startswith("http://www.w3.org/")] == []


@pytest.mark.parametrize("path", TEMPLATES, ids=relative)
def test_every_icon_stands_in_the_sprite(path: Path) -> None:
    sprite = (ROOT / "static" / "vendor" / "bootstrap-icons" / "icons.svg").read_text()
    named = {name for groups in ICON.findall(path.read_text()) for name in groups if name}
    assert {name for name in named if f'id="{name}"' not in sprite} == set()


@pytest.mark.parametrize("path", STYLE_SHEETS, ids=relative)
def test_every_colour_token_in_use_is_defined(path: Path) -> None:
    everything = "".join(sheet.read_text() for sheet in STYLE_SHEETS)
    used = set(re.findall(r"var\((--(?:cw|emotion|band)-[\w-]+)", path.read_text()))
    assert {name for name in used if f"{name}:" not in everything} == set()


@pytest.mark.django_db
@pytest.mark.parametrize("status", [400, 403, 404, 413, 429, 500])
def test_an_error_page_names_the_request(status: int) -> None:
    from django.template.loader import render_to_string

    page = render_to_string(f"{status}.html", {"request_id": "4711-request"})
    assert "4711-request" in page
    assert str(status) in page

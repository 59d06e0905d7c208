"""Every text that goes through gettext has a Chinese one: no page is half in English."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from django.utils.translation.template import templatize

from scripts.compile_messages import CONTEXT, LOCALE, PLURAL, parse

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("applicants", "creditweb", "media_processing", "scoring")
# Names that gettext's functions go by here, and how many of their first arguments are texts.
FUNCTIONS = {"_": 1, "_now": 1, "gettext": 1, "gettext_lazy": 1, "gettext_noop": 1} | {
    "ngettext": 2, "ngettext_lazy": 2, "pgettext": 2, "pgettext_lazy": 2,
}  # fmt: skip
STRING = r"""u?('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
# What templatize leaves of a tag: a call whose arguments are literals.
CALL = re.compile(rf"\b([np]?gettext|_)\(\s*{STRING}(?:,\s*{STRING})?")


def texts_of_templates() -> Iterator[str]:
    for path in (ROOT / "templates").rglob("*.html"):
        for name, first, second in CALL.findall(templatize(path.read_text(encoding="utf-8"))):
            texts = [ast.literal_eval(each) for each in (first, second) if each]
            yield _key(name, texts[: FUNCTIONS[name]])


def texts_of_code() -> Iterator[str]:
    for part in PARTS:
        for path in (ROOT / part).rglob("*.py"):
            if "gettext" not in (source := path.read_text(encoding="utf-8")):
                continue
            for node in ast.walk(ast.parse(source)):
                if isinstance(node, ast.Call) and (key := _called_with(node)):
                    yield key


def _called_with(call: ast.Call) -> str | None:
    name = call.func.id if isinstance(call.func, ast.Name) else ""
    texts = [
        each.value
        for each in call.args[: FUNCTIONS.get(name, 0)]
        if isinstance(each, ast.Constant) and isinstance(each.value, str)
    ]
    return _key(name, texts) if texts else None


def _key(name: str, texts: list[str]) -> str:
    return (CONTEXT if name.startswith("p") else PLURAL).join(texts)


def test_every_text_of_a_template_is_said_in_chinese() -> None:
    texts = set(texts_of_templates())
    assert len(texts) > 1000, "the templates are no longer read"
    assert texts - set(_chinese()) == set()


def test_every_text_of_the_code_is_said_in_chinese() -> None:
    texts = set(texts_of_code())
    assert len(texts) > 500, "the code is no longer read"
    assert texts - set(_chinese()) == set()


def _chinese() -> dict[str, str]:
    return parse((LOCALE / "zh_Hans/LC_MESSAGES/django.po").read_text(encoding="utf-8"))

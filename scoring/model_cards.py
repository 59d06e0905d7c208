"""A model card as a page shows it: Markdown to HTML, pictures as figures, tables with captions."""

from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import markdown
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext
from markdown.extensions.tables import TableExtension
from markdown.treeprocessors import Treeprocessor

# Where a card may lead, and from where its pictures may come: its own folder.
SCHEMES = {"href": {"", "https", "http"}, "src": {""}}
HEADINGS = ("h2", "h3", "h4")


def as_html(text: str) -> SafeString:
    """Return a card without its title as HTML; HTML inside a card is shown as the text it is.

    A picture that stands alone becomes a figure whose caption is its title, else its description.
    """
    _title, _newline, body = text.partition("\n")
    # Alignment as an attribute: the content security policy refuses inline styles.
    converter = markdown.Markdown(extensions=[TableExtension(use_align_attribute=True)])
    converter.preprocessors.deregister("html_block")
    converter.inlinePatterns.deregister("html")
    # After "inline" (20), which makes the pictures.
    converter.treeprocessors.register(_Figures(converter), "figures", 5)
    converter.treeprocessors.register(_Tables(converter), "tables", 4)
    return mark_safe(converter.convert(body))  # noqa: S308


class _Figures(Treeprocessor):
    def run(self, root: ET.Element) -> None:
        for element in root.iter():
            for name in ("href", "src"):
                if urlsplit(element.get(name, "")).scheme not in SCHEMES[name]:
                    del element.attrib[name]
        for paragraph in root.iter("p"):
            picture = paragraph.find("img")
            if picture is not None and len(paragraph) == 1 and not (paragraph.text or "").strip():
                _make_figure(paragraph, picture)


def _make_figure(paragraph: ET.Element, picture: ET.Element) -> None:
    caption = picture.attrib.pop("title", picture.get("alt", ""))
    paragraph.remove(picture)
    paragraph.tag = "figure"
    link = ET.SubElement(paragraph, "a", href=picture.get("src", ""))
    link.append(picture)
    ET.SubElement(paragraph, "figcaption").text = caption


class _Tables(Treeprocessor):
    """Give each table a box to move aside in, and the heading above it as its hidden caption."""

    def run(self, root: ET.Element) -> None:
        heading = ""
        for place, element in enumerate(list(root)):
            if element.tag in HEADINGS:
                heading = "".join(element.itertext())
            elif element.tag == "table":
                root[place] = _boxed(element, heading)


def _boxed(table: ET.Element, heading: str) -> ET.Element:
    for cell in list(table.iter("th")):
        if "".join(cell.itertext()).strip():
            cell.set("scope", "col")
        else:  # the corner above a column of names heads nothing
            cell.tag = "td"
    caption = ET.Element("caption", {"class": "visually-hidden"})
    caption.text = heading or gettext("Figures")
    table.insert(0, caption)
    box = ET.Element("div", {"class": "table-scroll"})
    box.append(table)
    return box

"""The page of a network: its weights, and its model card."""

import markdown
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_safe
from markdown.extensions.tables import TableExtension

from applicants.permissions import Capability, requires
from media_processing.selectors import WEIGHTS_DIR, networks


@require_safe
@requires(Capability.VIEW_SCORES)
def model_card(request: HttpRequest, name: str) -> HttpResponse:
    """Show what a network is, what it was trained on, how good it is and what it cannot do."""
    entry = next((entry for entry in networks() if entry.name == name), None)
    card = WEIGHTS_DIR / entry.card if entry else None
    if card is None or not card.is_file():
        raise Http404
    context = {"network": entry, "card": as_html(card.read_text(encoding="utf-8"))}
    return render(request, "media_processing/model_card.html", context)


def as_html(text: str) -> SafeString:
    """Return a model card without its title as HTML. Cards are part of the product's own files."""
    _title, _newline, body = text.partition("\n")
    # Alignment as an attribute: the content security policy refuses inline styles.
    tables = TableExtension(use_align_attribute=True)
    return mark_safe(markdown.markdown(body, extensions=[tables]))  # noqa: S308

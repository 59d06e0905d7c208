"""The page of a network: its weights, and its model card with the pictures in it."""

import mimetypes
import re

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from applicants.permissions import Capability, requires
from media_processing.model_cards import as_html
from media_processing.selectors import WEIGHTS_DIR, networks

PICTURES = "pictures"
PICTURE_NAME = re.compile(r"[a-z0-9_]+\.(svg|png)")


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


@require_safe
@requires(Capability.VIEW_SCORES)
def card_picture(request: HttpRequest, name: str, file: str) -> FileResponse:
    """Send a picture of a card; a name that is no plain file of the folder does not exist."""
    path = WEIGHTS_DIR / PICTURES / file
    belongs = PICTURE_NAME.fullmatch(file) and file.startswith(f"{name}_")
    if not belongs or not path.is_file():
        raise Http404
    return FileResponse(path.open("rb"), content_type=mimetypes.guess_type(file)[0])

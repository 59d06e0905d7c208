"""The page on tokens: what the site holds of each lender, and what tokens give away."""

import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from applicants.permissions import Capability, requires
from scoring.paths import ARTIFACTS_DIR
from scoring.privacy.german_credit import BY_NAME
from scoring.services import token_estimators

LEAK = ARTIFACTS_DIR / "german_tokens_leak.json"


@require_safe
@requires(Capability.VIEW_PRIVACY)
def tokens(request: HttpRequest) -> HttpResponse:
    """Show the networks that score tokens, and how much a frequency attack guesses."""
    leak = json.loads(LEAK.read_text(encoding="utf-8"))
    context = {
        "held": token_estimators.held(request.user),
        "leak": leak,
        "columns": _columns(leak),
    }
    return render(request, "scoring/tokens.html", context)


def _columns(leak: dict[str, Any]) -> list[dict[str, Any]]:
    """Return each column's share of guessed cells (0…1), what is guessed best first."""
    same, other = leak["same_table"]["columns"], leak["other_people"]["columns"]
    rows = [{"label": _(BY_NAME[name].label), "same": same[name], "other": other[name]}
            for name in same]  # fmt: skip
    return sorted(rows, key=lambda row: (-row["same"], -row["other"]))

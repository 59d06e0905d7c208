"""The way into the part Privacy: scoring without seeing the data."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from applicants.permissions import Capability, can, requires
from scoring.views.page_links import PageLink

# A page of the part adds itself to one of the two.
WITHOUT_SEEING: tuple[PageLink, ...] = (
    PageLink(
        "scoring:german_credit",
        "speedometer2",
        _("German credit"),
        _("Try one application, with its points and reasons in corrected words."),
        Capability.SCORE_BATCHES,
    ),
    PageLink(
        "scoring:encrypted_scoring",
        "lock",
        _("Encrypted scoring"),
        _("A score of a row that the server cannot read: what it saw, how long, how exact."),
        Capability.VIEW_PRIVACY,
    ),
    PageLink(
        "scoring:tokens",
        "key",
        _("Tokens"),
        _("Scores of pseudonyms whose key the lender keeps, and how many of them can be guessed."),
        Capability.VIEW_PRIVACY,
    ),
    PageLink(
        "scoring:synthetic_applicants",
        "people",
        _("Synthetic applicants"),
        _("Rows in the likeness of a real table, and what is known of their use and risk."),
        Capability.VIEW_PRIVACY,
    ),
    PageLink(
        "scoring:federated_training",
        "diagram-3",
        _("Federated training"),
        _("One scorecard and one network of many branches, whose rows stay where they are."),
        Capability.VIEW_PRIVACY,
    ),
)
RIGHTS: tuple[PageLink, ...] = (
    PageLink(
        "subjects:requests",
        "person-badge",
        _("Requests of people"),
        _("Copies, corrections, restrictions, objections and erasures, with their due dates."),
        Capability.HANDLE_SUBJECT_REQUESTS,
    ),
    PageLink(
        "subjects:data",
        "database",
        _("Data, keys and access"),
        _("Which data of people is where, for how long, and under which key."),
        Capability.VIEW_AUDIT,
    ),
    PageLink(
        "subjects:access",
        "eye",
        _("Who saw it"),
        _("Who opened applicants, scores, sessions and recordings, and when."),
        Capability.VIEW_AUDIT,
    ),
)
GROUPS: tuple[tuple[str | Promise, tuple[PageLink, ...]], ...] = (
    (_("People and their data"), RIGHTS),
    (_("Scoring without seeing the data"), WITHOUT_SEEING),
)


@require_safe
@requires(Capability.VIEW_PRIVACY)
def privacy_home(request: HttpRequest) -> HttpResponse:
    groups = [
        (title, [page for page in pages if can(request.user, page.capability)])
        for title, pages in GROUPS
    ]
    return render(request, "scoring/privacy_home.html", {"groups": groups})

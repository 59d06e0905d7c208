"""The way in for risk analysts: the pages that each of them may open."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from applicants.permissions import Capability, can, requires
from scoring.models import PortfolioRun
from scoring.views.page_links import PageLink

SHOWN_RUNS = 30

# In the order of the work: estimators, policy, portfolio, watch.
PAGES: tuple[PageLink, ...] = (
    PageLink(
        "scoring:credit_tables",
        "table",
        _("Tables and trainings"),
        _("Train estimators on loans of your own, and compare them with the points table."),
        Capability.VIEW_ESTIMATORS,
    ),
    PageLink(
        "scoring:estimators",
        "speedometer2",
        _("Estimators"),
        _("Which scorecard decides, what runs beside it, and how another takes its place."),
        Capability.VIEW_ESTIMATORS,
    ),
    PageLink(
        "scoring:monitoring",
        "activity",
        _("Monitoring"),
        _("Whether scores and the people scored still are what they were; alarms."),
        Capability.VIEW_POLICY,
    ),
    PageLink(
        "scoring:portfolio_runs",
        "moon-stars",
        _("Portfolio runs"),
        _("How far the nightly scoring of applications and running loans came, and what moved."),
        Capability.VIEW_POLICY,
    ),
    PageLink(
        "scoring:outcome_list",
        "clipboard-check",
        _("Outcomes"),
        _("What became of loans: recorded, or imported as a table."),
        Capability.VIEW_POLICY,
    ),
    PageLink(
        "scoring:strategy",
        "graph-up-arrow",
        _("Cut-off strategy"),
        _("Approval rate, expected loss and profit over the cut-off; challengers in shadow."),
        Capability.VIEW_POLICY,
    ),
    PageLink(
        "scoring:back_test",
        "clock-history",
        _("Back-test"),
        _("What a policy would have done, and the proof that behaviour needs to be scored."),
        Capability.VIEW_POLICY,
    ),
    PageLink(
        "scoring:overrides",
        "person-check",
        _("Overrides"),
        _("How often people decide otherwise than the cut-off suggests, and why."),
        Capability.VIEW_POLICY,
    ),
    PageLink(
        "scoring:policy_list",
        "sliders",
        _("Policy"),
        _("Cut-off, classes, bands and rules: versions, proposals and their effect."),
        Capability.VIEW_POLICY,
    ),
    PageLink(
        "scoring:fairness",
        "people",
        _("Fairness"),
        _("Scores and decisions by the groups that applicants declared themselves."),
        Capability.VIEW_FAIRNESS,
    ),
    PageLink(
        "scoring:batches",
        "table",
        _("Batches"),
        _("Financial scores for a file of many applicants, with reasons; nothing is decided."),
        Capability.SCORE_BATCHES,
    ),
)


@require_safe
@requires(Capability.VIEW_POLICY)
def risk_home(request: HttpRequest) -> HttpResponse:
    pages = [page for page in PAGES if can(request.user, page.capability)]
    return render(request, "scoring/risk_home.html", {"pages": pages})


@require_safe
@requires(Capability.VIEW_POLICY)
def portfolio_runs(request: HttpRequest) -> HttpResponse:
    context = {"runs": PortfolioRun.objects.all()[:SHOWN_RUNS]}
    return render(request, "scoring/portfolio_runs.html", context)

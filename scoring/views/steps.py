"""Steps that a form of a page names: run one, and say how it went."""

from collections.abc import Callable, Mapping

from django.contrib import messages
from django.http import HttpRequest

from applicants.errors import ProblemError
from scoring.forms import ProposalForm


def take_step(request: HttpRequest, steps: Mapping[str, Callable[[], str]]) -> None:
    """Run the step that ``action`` names, and show what it returns or why it was refused.

    A name that is none of ``steps`` does nothing.
    """
    step = steps.get(request.POST.get("action", ""))
    if step is None:
        return
    try:
        messages.success(request, step())
    except ProblemError as problem:
        messages.error(request, problem.message)


def reason_in(request: HttpRequest) -> str:
    """Return why a version is proposed. Raises ProblemError where no good reason was typed."""
    form = ProposalForm(request.POST)
    if not form.is_valid():
        raise ProblemError("invalid", form.errors["reason"][0])
    reason: str = form.cleaned_data["reason"]
    return reason

"""Encrypted scoring: a round trip on made-up applicants, and how exact each estimator is."""

import json
import math
from functools import lru_cache
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from applicants.errors import ProblemError
from applicants.permissions import Capability, requires
from scoring.encrypted_samples import SAMPLES, SampleApplicant
from scoring.paths import ARTIFACTS_DIR
from scoring.services import encrypted_round_trip, encrypted_scores
from scoring.services.encrypted_round_trip import RoundTrip

FIGURES = ARTIFACTS_DIR / "encrypted_figures.json"
LEAST_ERROR = 1e-9
# Where each step happens, in the order in which they do.
STEPS = (
    ("make_keys", gettext_lazy("Make keys, once in 30 days"), gettext_lazy("client")),
    ("encrypt", gettext_lazy("Encrypt the row"), gettext_lazy("client")),
    ("evaluate", gettext_lazy("Evaluate the estimator on the ciphertext"), gettext_lazy("server")),
    ("decrypt", gettext_lazy("Decrypt the answer"), gettext_lazy("client")),
)


class RoundTripForm(forms.Form):
    """Which estimator, and which of the made-up applicants."""

    estimator = forms.ChoiceField(label=gettext_lazy("Estimator"))
    applicant = forms.ChoiceField(label=gettext_lazy("Made-up applicant"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Texts of the product, which a translator's catalogue may hold.
        self.fields["estimator"].choices = [  # type: ignore[attr-defined]
            (name, _(estimator.title)) for name, estimator in encrypted_scores.estimators().items()
        ]
        self.fields["applicant"].choices = [  # type: ignore[attr-defined]
            (each.key, each.title) for each in SAMPLES.values()
        ]
        for field in self.fields.values():
            field.widget.attrs["class"] = "form-select"


@require_safe
@requires(Capability.VIEW_PRIVACY)
def encrypted_scoring(request: HttpRequest) -> HttpResponse:
    """Show the form, what is hidden and what not, and the stored error tests."""
    return render(request, "scoring/encrypted.html", _page(request, RoundTripForm()))


@require_POST
@requires(Capability.VIEW_PRIVACY)
def encrypted_round(request: HttpRequest) -> HttpResponse:
    """Make one round trip; the client's keys end with it, and nothing is kept."""
    form, context = RoundTripForm(request.POST), {}
    if form.is_valid():
        sample = SAMPLES[form.cleaned_data["applicant"]]
        try:
            trip = encrypted_round_trip.run(
                form.cleaned_data["estimator"], sample.row, officer=request.user
            )
        except ProblemError as problem:
            context, status = {"problem": problem.message}, problem.status
        else:
            context, status = _result(trip, sample), 200
    else:
        context = {"problem": _("Choose an estimator and an applicant from the lists.")}
        status = 422
    if request.htmx:  # type: ignore[attr-defined]  # set by its middleware
        # An error is swapped in like a result, and htmx swaps only what succeeded.
        return render(request, "scoring/_encrypted_round.html", context)
    page = _page(request, form) | context
    return render(request, "scoring/encrypted.html", page, status=status)


def _page(request: HttpRequest, form: RoundTripForm) -> dict[str, Any]:
    return {
        "form": form,
        "error_tests": _error_tests(),
    }


def _result(trip: RoundTrip, sample: SampleApplicant) -> dict[str, Any]:
    seconds = {**trip.seconds, "evaluate": trip.evaluate_s}
    steps = [(label, place, 1000 * seconds[key]) for key, label, place in STEPS]
    return {
        "trip": trip,
        "title": _(trip.estimator.title),
        "sample": sample,
        "steps": steps,
        "evaluate_core_ms": 1000 * trip.evaluate_core_s,
        "error_below": _decimals(trip.error_below),
        "seen": (
            (_("Evaluation keys"), trip.keys),
            (_("Encrypted row"), trip.row),
            (_("Encrypted answer"), trip.answer),
        ),
    }


def _bound(error_test: dict[str, Any]) -> float:
    """Return the least power of ten, at least 1e-9, above the largest error of a probability."""
    largest = max(error_test["largest_probability_error"], LEAST_ERROR)
    return float(10.0 ** math.ceil(math.log10(largest)))


def _decimals(bound: float) -> str:
    """Write a power of ten by its zeros, in the locale's digits."""
    return formats.number_format(f"{bound:.9f}".rstrip("0"))


@lru_cache(maxsize=1)
def _stored_figures() -> dict[str, Any]:
    figures: dict[str, Any] = json.loads(FIGURES.read_text(encoding="utf-8"))
    return figures


def _error_tests() -> list[dict[str, Any]]:
    figures = _stored_figures()
    return [
        {
            "title": _(estimator.title),
            "parameters": estimator.parameters,
            "test": figures[name]["error_test"],
            "error_below": _decimals(_bound(figures[name]["error_test"])),
            "twin": figures[name].get("relu_twin"),
            "auc": figures[name]["auc_out_of_fold"],
        }
        for name, estimator in encrypted_scores.estimators().items()
    ]

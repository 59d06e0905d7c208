"""Bureau reports: importing a file of many, and asking about one application."""

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from applicants.errors import ProblemError
from applicants.models import Application, Officer
from applicants.permissions import Capability, requires
from applicants.selectors import applications_for
from scoring import dispatch, explanation
from scoring.bureau_forms import BureauAskForm, BureauEnquiryForm, BureauFileForm
from scoring.bureau_table import COLUMNS
from scoring.imported_lines import ImportReport
from scoring.models import BureauRecord
from scoring.services import bureau, bureau_enquiries

IMPORT_ROWS = 2_000
SHOWN_REFUSALS = 200


@requires(Capability.EDIT_APPLICANTS)
def bureau_import(request: HttpRequest) -> HttpResponse:
    """Take a file of reports: good rows are kept and scored, bad ones told with their reason."""
    form = BureauFileForm(request.POST or None, request.FILES or None)
    report, status = None, 200
    if request.method == "POST":
        report, status = _imported(form, request.user)
    context = {
        "form": form,
        "report": report,
        "refused": report.refused[:SHOWN_REFUSALS] if report else (),
        "columns": COLUMNS,
        "limit": IMPORT_ROWS,
    }
    return render(request, "scoring/bureau_import.html", context, status=status)


def _imported(form: BureauFileForm, officer: Officer) -> tuple[ImportReport | None, int]:
    if not form.is_valid():
        return None, 422
    try:
        content, source = form.cleaned_data["reports"], form.cleaned_data["source"]
        told = bureau.import_file(content, officer=officer, source=source, limit=IMPORT_ROWS)
    except ProblemError as error:
        form.refuse({"reports": error.message})
        return None, 422
    return told, 200


@requires(Capability.EDIT_APPLICANTS)
def bureau_reports(request: HttpRequest, pk: str) -> HttpResponse:
    """Show the reports of one application; with a bureau plugged in, ask for a new one."""
    application = get_object_or_404(applications_for(request.user), pk=pk)
    consent = bureau_enquiries.consent_of(application)
    form = BureauEnquiryForm(request.POST or None) if consent is None else BureauAskForm()
    status = 200
    if request.method == "POST":
        status = _enquired(application, request.user, form)
        if status == 302:
            return redirect("scoring:bureau_reports", application.pk)
    records = application.bureau_records.select_related("received_by", "profile")
    context = {
        "application": application,
        "form": form,
        "consent": consent,
        "rows": [(record, _told(record)) for record in records],
        "bureau": bureau_enquiries.adapter(),
        "enquiry": application.bureau_enquiries.select_related("asked_by").first(),
        "may_enquire": application.is_open or application.is_running,
    }
    return render(request, "scoring/bureau_reports.html", context, status=status)


def _enquired(
    application: Application, officer: Officer, form: BureauEnquiryForm | BureauAskForm
) -> int:
    """Record the applicant's word where it does not stand yet, and have the bureau asked."""
    if isinstance(form, BureauEnquiryForm) and not form.is_valid():
        return 422
    try:
        with transaction.atomic():
            if isinstance(form, BureauEnquiryForm):
                given_on = form.cleaned_data["consent_given_on"]
                bureau_enquiries.record_consent(application, officer=officer, given_on=given_on)
            enquiry = bureau_enquiries.enquire(application, officer=officer)
    except ProblemError as error:
        form.refuse(error.fields or {"": error.message})
        return 422
    dispatch.ask_bureau(enquiry)
    return 302


def _told(record: BureauRecord) -> list[tuple[str, str]]:
    return [(str(explanation.label_of(name)), value) for name, value in record.factors.items()]

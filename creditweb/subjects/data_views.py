"""The page of data, keys and access, and the list of who read what."""

from django.core.paginator import Paginator
from django.db.models import Count, Q, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from applicants.models import AuditEvent
from applicants.permissions import Capability, can, requires
from applicants.services import audit
from creditweb.subjects import access_log, keys, read_people, retention
from creditweb.subjects.data_map import DATA
from creditweb.subjects.holdings import Holding
from media_processing.models import Recording
from media_processing.services import storage
from scoring.downloads import streamed
from scoring.models import BatchJob, CreditTable, EvaluationKeys
from scoring.services.batch_downloads import Download

ROWS_PER_PAGE = 50


@require_safe
@requires(Capability.VIEW_AUDIT)
def data(request: HttpRequest) -> HttpResponse:
    """Show which data is where, for how long, and under which key."""
    context = {
        "apps": _apps(),
        "unlinked": _unlinked(),
        "files": Recording.objects.aggregate(
            sealed=Count("pk", filter=~Q(source_key="")),
            size_bytes=Sum("size_bytes", filter=~Q(source_key="")),
        ),
        "free_share": storage.store().free_share(),
        "rules": retention.report(),
        "installation_keys": keys.installation_keys(),
        "data_keys": keys.data_keys(),
        "audit_rows": AuditEvent.objects.count(),
    }
    return render(request, "subjects/data.html", context)


def _apps() -> list[tuple[str, list[tuple[Holding, bool]]]]:
    """Return the record classes by app, each with all its rows and whether it is encrypted."""
    found: dict[str, list[tuple[Holding, bool]]] = {}
    for each in DATA:
        meta, rows = each.model._meta, each.model._default_manager.order_by().count()
        row = Holding(gettext(str(meta.verbose_name_plural)), each.holds, rows)
        found.setdefault(meta.app_label, []).append((row, each.is_encrypted))
    return list(found.items())


def _unlinked() -> list[Holding]:
    """Return the classes that hold people's data and lead to no applicant of this site."""
    return [
        Holding(
            gettext(str(model._meta.verbose_name_plural)), keys.SEALED[model],
            model._default_manager.order_by().count(),
        )
        for model in (BatchJob, CreditTable, EvaluationKeys)
    ]  # fmt: skip


@require_safe
@requires(Capability.VIEW_AUDIT)
def access(request: HttpRequest) -> HttpResponse:
    """Show who read what, newest first."""
    form = access_log.AccessFilter(request.GET or None)
    chosen = form.cleaned_data if form.is_bound and form.is_valid() else {}
    rows = access_log.readings(chosen) if not form.errors else AuditEvent.objects.none()
    page = Paginator(rows, ROWS_PER_PAGE).get_page(request.GET.get("page"))
    people = read_people.people_read(page)
    context = {
        "form": form,
        "page": page,
        "events": [
            (row, access_log.words_of(row), people.get(row.object_id), access_log.listed_count(row))
            for row in page
        ],
        "may_handle": can(request.user, Capability.HANDLE_SUBJECT_REQUESTS),
        "query": request.GET.urlencode(),
    }
    status = 422 if form.errors else 200
    return render(request, "subjects/access.html", context, status=status)


@require_safe
@requires(Capability.VIEW_AUDIT)
def access_csv(request: HttpRequest) -> HttpResponse:
    """Answer the same rows as CSV; its name says who made it, and when."""
    form = access_log.AccessFilter(request.GET or None)
    if form.is_bound and not form.is_valid():
        return access(request)
    rows = access_log.readings(form.cleaned_data if form.is_bound else {})
    audit.record("access.exported", actor=request.user, rows=rows.count())
    stamp = timezone.localtime().strftime("%Y-%m-%d-%H%M")
    name = f"access-{request.user.pk}-{stamp}.csv"
    return streamed(Download(name, "text/csv; charset=utf-8", access_log.csv_parts(rows)))

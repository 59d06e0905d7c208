"""Administration of jobs: what was given up is seen here and tried again. No media, no names."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from applicants.admin_reading import PersonRecordAdmin, ReadOnlyAdmin
from applicants.errors import ProblemError
from media_processing import dispatch
from media_processing.models import NetworkProposal, ProcessingJob, Stage
from media_processing.services import jobs


@admin.register(ProcessingJob)
class ProcessingJobAdmin(PersonRecordAdmin):
    person_path = "recording__session__application__applicant"
    list_display = ["id", "kind", "state", "created_at", "started_at", "finished_at"]
    list_filter = ["state", "recording__kind"]
    fields = ["id", "state", "created_at", "started_at", "finished_at"]

    @admin.display(description=_("kind"))
    def kind(self, job: ProcessingJob) -> str:
        return job.recording.get_kind_display()


@admin.register(Stage)
class StageAdmin(PersonRecordAdmin):
    person_path = "job__recording__session__application__applicant"
    list_display = ["job_id", "name", "state", "attempt", "lease_until", "error_code", "queued_at"]
    list_filter = ["state", "name", "error_code"]
    fields = [
        "job_id", "name", "state", "attempt", "fence", "lease_until", "done", "total", "error_code",
        "error_message", "queued_at", "published_at", "available_at", "started_at", "finished_at",
        "network_version", "network_sha256", "input_sha256",
    ]  # fmt: skip
    actions = ["try_again"]

    @admin.action(description=_("Try the chosen steps again"), permissions=["view"])
    def try_again(self, request: HttpRequest, chosen: QuerySet[Stage]) -> None:
        for stage in chosen:
            try:
                dispatch.ring(jobs.retry(stage, officer=request.user))
            except ProblemError as problem:
                self.message_user(request, f"{stage}: {problem.message}", messages.WARNING)


@admin.register(NetworkProposal)
class NetworkProposalAdmin(ReadOnlyAdmin):
    list_display = ["version", "author", "state", "created_at", "decided_by", "decided_at"]
    list_filter = ["state", "version__name"]
    list_select_related = ["version", "author", "decided_by"]

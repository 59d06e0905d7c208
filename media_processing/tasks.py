"""What the workers do. Each task may come twice or late: the rows decide what is left to do."""

from celery import shared_task

from applicants.services import workdirs
from media_processing import dispatch, pipeline
from media_processing.services import consent, jobs
from media_processing.services.live import capture
from media_processing.services.uploads import remove_expired

# Half an hour of recording, with the pauses and the talk between.
LIVE_LIMIT_S = 4 * 3600


@shared_task
def run_stage(stage_id: int) -> None:
    """Run one stage, and ring the bell for those that follow it."""
    dispatch.ring(pipeline.run(stage_id))


@shared_task(soft_time_limit=LIVE_LIMIT_S, time_limit=LIVE_LIMIT_S + 60)
def watch_live(stage_id: int) -> None:
    """Watch a recording while it is made, until it is closed or nothing comes any more."""
    dispatch.ring(pipeline.run(stage_id))


@shared_task
def sweep() -> None:
    """Bring back what a lost worker or a lost message left behind."""
    workdirs.remove_abandoned()
    jobs.pause_restricted()
    dispatch.ring([*jobs.reap(), *jobs.unpublished(), *capture.unwatched()])


@shared_task
def remove_expired_uploads() -> None:
    """Delete uploads that nobody finished in time."""
    remove_expired()


@shared_task
def end_abandoned_captures() -> None:
    """Close live recordings to which nobody came back."""
    dispatch.ring(capture.close_abandoned())


@shared_task
def erase_unconsented() -> None:
    """Complete an erasure that a crash interrupted."""
    dispatch.ring(consent.erase_all_unconsented())

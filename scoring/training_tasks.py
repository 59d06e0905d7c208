"""Work of the training queue. Only a worker with the training requirements serves it.

Tasks are named, not imported, by the dispatcher: the web process never loads training code.
"""

import json
from collections.abc import Callable
from typing import Any

import structlog
from celery import shared_task
from django.db import InterfaceError, OperationalError
from django.utils.translation import gettext as _

from applicants.errors import ProblemError
from scoring import dispatch
from scoring.models import CreditTable, TrainingRun
from scoring.models.background import BackgroundWork
from scoring.services import background, credit_tables, training_runs
from scoring.services.background import Claim, Heartbeat, State, WorkLostError

logger = structlog.get_logger(__name__)

LONGEST_S = training_runs.MAX_BUDGET_S + 2 * 3600
Work = Callable[[Claim, Heartbeat], None]


@shared_task(name="scoring.training_tasks.profile_table", time_limit=3600)
def profile_table(table_id: str) -> None:
    """Read a table into its profile."""
    _work(CreditTable, table_id, _profile)


@shared_task(name="scoring.training_tasks.train", time_limit=LONGEST_S)
def train(run_id: str) -> None:
    """Run a training to its end, or on from where it was cut off."""
    _work(TrainingRun, run_id, _train)


@shared_task(name="scoring.tasks.sweep_training")
def sweep() -> None:
    """Ring again for work whose worker is gone or whose message was lost. Any worker can."""
    for pk in background.unrung(CreditTable):
        dispatch.profile_table(CreditTable(pk=pk))
    for pk in background.unrung(TrainingRun):
        dispatch.train(TrainingRun(pk=pk))


def _work(model: type[BackgroundWork], pk: str, work: Work) -> None:
    from scoring.training.table_reading import TableError  # pandas: only this worker has it

    held = background.claim(model, pk)
    if held is None:
        return
    try:
        with Heartbeat(held) as beat:
            work(held, beat)
    except WorkLostError:
        logger.info("work_given_back", work=pk, fence=held.fence)
    except (OperationalError, InterfaceError):
        raise  # a passing trouble: the lease runs out, and the row is worked on again
    except (TableError, ProblemError) as error:
        _fail(held, _sentence(str(error)))
    except MemoryError:
        _fail(held, _("The table is too large for the memory of this machine."))
    except Exception as error:
        logger.exception("work_failed", work=pk)
        kind = type(error).__name__
        _fail(held, _("The program failed (%(kind)s); the log says where.") % {"kind": kind})


def _profile(held: Claim, beat: Heartbeat) -> None:
    from scoring.training import table_profile

    table = CreditTable.objects.get(pk=held.pk)
    beat.report("reading", 0, 1)
    with credit_tables.unsealed(table) as path:
        profile = table_profile.profile_table(path).as_dict()
    credit_tables.keep_profile(held, _as_json(profile))


def _train(held: Claim, beat: Heartbeat) -> None:
    from scoring.training import credit_run

    run = TrainingRun.objects.select_related("table").get(pk=held.pk)
    out = training_runs.out_folder(run)
    out.mkdir(parents=True, exist_ok=True)
    with credit_tables.unsealed(run.table) as path:
        figures = credit_run.train_credit(path, _choice(run), out, beat.report)
    background.finish(held, State.DONE, figures=_as_json(figures))


def _choice(run: TrainingRun) -> Any:
    from scoring.training.credit_run import TrainingChoice

    lists = {name: tuple(run.choice[name]) for name in ("drop", "protected", "estimators")}
    return TrainingChoice(**{**run.choice, **lists})


def _as_json(content: Any) -> Any:
    """Return plain JSON values: Postgres takes no NaN, and no NUL in a text."""
    text = json.dumps(content, default=str).replace("\\u0000", "")
    return json.loads(text, parse_constant=lambda name: None)


def _fail(held: Claim, error: str) -> None:
    try:
        background.finish(held, State.FAILED, error=error)
    except WorkLostError:
        logger.info("work_given_back", work=str(held.pk), fence=held.fence)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:].rstrip(".") + "."

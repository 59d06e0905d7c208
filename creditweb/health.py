"""``/livez`` and ``/readyz``: may traffic come here?"""

import shutil
from collections.abc import Callable

import redis
import structlog
from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse

from creditweb.celery import app
from media_processing.inference.manifest import WeightsError
from media_processing.selectors import check_weights
from scoring.engine.artifacts import ArtifactError
from scoring.services import estimators

logger = structlog.get_logger(__name__)

WORKER_TIMEOUT_S = 1.0
# Without a worker here nothing is analysed or scored.
NEEDED_QUEUES = {"media", "scoring"}
# Without one here recordings go on all the same, and their closing pass analyses them.
LIVE_QUEUE = "live"
OK, DEGRADED, NOT_READY = "ok", "degraded", "not ready"
TROUBLES = (
    DatabaseError, redis.RedisError, OSError, WeightsError, ArtifactError, RuntimeError,
)  # fmt: skip


class DegradedError(RuntimeError):
    """A part lacks something that the site can go on without."""


def alive(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "alive"})


def ready(request: HttpRequest) -> JsonResponse:
    """Return 200 when every part answers, else 503; the body says which part does not.

    A degraded part is told and takes no traffic away. Why a part is not well stands in the log: the
    answer is for everybody and names no address or path.
    """
    parts = {name: _state(name, check) for name, check in CHECKS.items()}
    is_ready = NOT_READY not in parts.values()
    return JsonResponse({"ready": is_ready, "parts": parts}, status=200 if is_ready else 503)


def _state(name: str, check: Callable[[], None]) -> str:
    try:
        check()
    except DegradedError as error:
        logger.warning("part_degraded", part=name, reason=str(error))
        return DEGRADED
    except TROUBLES as error:
        logger.error("part_not_ready", part=name, reason=f"{type(error).__name__}: {error}")
        return NOT_READY
    return OK


def _postgres() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _redis() -> None:
    redis.Redis.from_url(settings.REDIS_URL).ping()


def _workers() -> None:
    """Ask which queues are served, by workers of one queue or of several."""
    queues = app.control.inspect(timeout=WORKER_TIMEOUT_S).active_queues() or {}
    served = {queue["name"] for worker in queues.values() for queue in worker}
    if missing := NEEDED_QUEUES - served:
        raise RuntimeError(f"no worker serves {', '.join(sorted(missing))}")
    if LIVE_QUEUE not in served:
        raise DegradedError("no worker serves live: recordings are analysed after their end only")


def _disk() -> None:
    usage = shutil.disk_usage(settings.BASE_DIR)
    if usage.free / usage.total < settings.DISK_REFUSE_BELOW_SHARE:
        raise RuntimeError("the disk is nearly full")


CHECKS: dict[str, Callable[[], None]] = {
    "postgres": _postgres,
    "redis": _redis,
    "workers": _workers,
    "weights": check_weights,
    "estimators": estimators.check_files,
    "disk": _disk,
}

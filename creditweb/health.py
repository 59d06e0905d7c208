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
TROUBLES = (
    DatabaseError, redis.RedisError, OSError, WeightsError, ArtifactError, RuntimeError,
)  # fmt: skip


def alive(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "alive"})


def ready(request: HttpRequest) -> JsonResponse:
    """Return 200 when every part answers, else 503; the body says which part does not.

    Why it does not stands in the log: the answer is for everybody and names no address or path.
    """
    parts = {name: _state(name, check) for name, check in CHECKS.items()}
    is_ready = all(state == "ok" for state in parts.values())
    return JsonResponse({"ready": is_ready, "parts": parts}, status=200 if is_ready else 503)


def _state(name: str, check: Callable[[], None]) -> str:
    try:
        check()
    except TROUBLES as error:
        logger.error("part_not_ready", part=name, reason=f"{type(error).__name__}: {error}")
        return "not ready"
    return "ok"


def _postgres() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _redis() -> None:
    redis.Redis.from_url(settings.REDIS_URL).ping()


def _worker() -> None:
    queues = app.control.inspect(timeout=WORKER_TIMEOUT_S).active_queues() or {}
    served = {queue["name"] for worker in queues.values() for queue in worker}
    missing = {"media", "live", "scoring"} - served
    if missing:
        raise RuntimeError(f"no worker serves {', '.join(sorted(missing))}")


def _disk() -> None:
    usage = shutil.disk_usage(settings.BASE_DIR)
    if usage.free / usage.total < settings.DISK_REFUSE_BELOW_SHARE:
        raise RuntimeError("the disk is nearly full")


CHECKS: dict[str, Callable[[], None]] = {
    "postgres": _postgres,
    "redis": _redis,
    "workers": _worker,
    "weights": check_weights,
    "estimators": estimators.check_files,
    "disk": _disk,
}

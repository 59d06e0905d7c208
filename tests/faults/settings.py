"""The settings of the workers under fault: the same rules, with shorter times.

What the product's own times give is measured by the bench; here the rules are tested.
"""

from tests.settings import *  # noqa: F403

STAGE_LEASE_S = 3
STAGE_HEARTBEAT_S = 0.5
STAGE_REPUBLISH_AFTER_S = 2
LIVE_LEASE_S = 2
LIVE_HEARTBEAT_S = 0.3
# The machine of a test may be slow; what is shed then is not what is tested.
LIVE_SHED_AFTER_S = 1000
LIVE_SKIP_AFTER_S = None
BATCH_LEASE_S = 20
BATCH_RING_AGAIN_S = 2
CELERY_BEAT_SCHEDULE = {
    "sweep": {"task": "media_processing.tasks.sweep", "schedule": 1.0},
    "batches": {"task": "scoring.tasks.catch_up_on_batches", "schedule": 1.0},
}

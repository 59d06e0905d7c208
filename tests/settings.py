"""The product's settings over a private Postgres and Redis, with what only tests need changed."""

import os

from creditweb.local import provide_environment

os.environ["CREDITWEB_ENVIRONMENT"] = "test"
provide_environment()

from creditweb import env  # noqa: E402
from creditweb.settings import *  # noqa: E402, F403

# Hashing a password thousands of times is not what the tests are about.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
STATIC_ROOT = BASE_DIR / "static"  # noqa: F405  # served as it is; nothing is collected
# A queue and cache of their own, so that a running site and its tests never meet.
# Where tests run in several processes, each has its own; so it does for the database.
PROCESS = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
REDIS_URL = env.redis_database(os.environ["REDIS_URL"], 1 + PROCESS)
CACHES = {"default": {"BACKEND": "creditweb.redis_cache.SharedRedisCache", "LOCATION": REDIS_URL}}
CELERY_BROKER_URL = env.broker(REDIS_URL)
AXES_ENABLED = False

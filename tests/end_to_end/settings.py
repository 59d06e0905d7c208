"""What the processes of the tested site run with: static files as production serves them."""

import os

from tests.settings import *  # noqa: F403

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "creditweb.static_files.HashedStaticFiles"},
}
STATIC_ROOT = os.environ["CREDITWEB_TEST_STATIC_ROOT"]

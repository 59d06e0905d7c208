"""ASGI entry point; progress streams need an asynchronous server."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "creditweb.settings")
django.setup(set_prefix=False)

from creditweb.uploads import SealedBodyHandler  # noqa: E402  # needs the settings

application = SealedBodyHandler()

"""ASGI entry point; progress streams need an asynchronous server."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "creditweb.settings")

application = get_asgi_application()

"""Typed readers of environment variables. A value that makes no sense stops the start."""

import base64
import binascii
import os
from pathlib import Path
from urllib.parse import unquote, urlparse, urlunparse

from django.core.exceptions import ImproperlyConfigured

KEY_BYTES = 32


def text(name: str, default: str | None = None) -> str:
    """Return the variable, or the content of the file that NAME_FILE names (for secrets)."""
    file_name = os.environ.get(f"{name}_FILE")
    if file_name:
        return Path(file_name).read_text(encoding="utf-8").strip()
    value = os.environ.get(name, default)
    if value is None:
        raise ImproperlyConfigured(f"Set {name} in the environment.")
    return value


def integer(name: str, default: int) -> int:
    value = text(name, str(default))
    try:
        return int(value)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}.") from error


def choice(name: str, choices: tuple[str, ...], default: str) -> str:
    value = text(name, default)
    if value not in choices:
        raise ImproperlyConfigured(f"{name} must be one of {', '.join(choices)}, not {value!r}.")
    return value


def names(name: str, default: str = "") -> list[str]:
    """Return a comma-separated list."""
    return [part.strip() for part in text(name, default).split(",") if part.strip()]


def key(name: str) -> bytes:
    """Return a 256-bit key given in URL-safe base64."""
    try:
        value = base64.urlsafe_b64decode(text(name))
    except binascii.Error as error:
        raise ImproperlyConfigured(f"{name} must be base64.") from error
    if len(value) != KEY_BYTES:
        raise ImproperlyConfigured(f"{name} must hold {KEY_BYTES} bytes.")
    return value


def postgres(name: str) -> dict[str, object]:
    """Return Django's settings for a ``postgresql://user:password@host:port/name`` URL.

    A socket folder is given as ``postgresql://user@/name?host=/folder``.
    """
    url = urlparse(text(name))
    if url.scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured(f"{name} must be a postgresql:// URL.")
    query = dict(part.split("=", 1) for part in url.query.split("&") if "=" in part)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(url.path.lstrip("/")),
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "HOST": url.hostname or unquote(query.get("host", "")),
        "PORT": str(url.port or ""),
    }


def broker(redis_url: str) -> str:
    """Return a Redis URL as kombu writes it; only that of a socket differs."""
    return redis_url.replace("unix://", "redis+socket://").replace("?db=", "?virtual_host=")


def redis_database(redis_url: str, number: int) -> str:
    """Return the URL of another database of the same Redis, for ``unix://`` and ``redis://``."""
    url = urlparse(redis_url)
    if url.scheme == "unix":
        return urlunparse(url._replace(query=f"db={number}"))
    return urlunparse(url._replace(path=f"/{number}"))

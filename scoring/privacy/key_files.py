"""Key files of a lender: JSON, readable by their owner alone, never sent to the server."""

import json
import os
import re
from base64 import b64decode, b64encode
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scoring.privacy.owner_files import replacing
from scoring.privacy.tokens import SEAL_KEY_BYTES, SIV_KEY_BYTES, KeyRing, TokenError, TokenKey

FORMAT = "creditweb-token-key/1"
TENANT = re.compile(r"[a-z0-9][a-z0-9-]{0,38}")
OWNER_ONLY = 0o600


def new_key_file(path: Path, tenant: str) -> KeyRing:
    """Make a key of version 1. Raises TokenError for a tenant's name, FileExistsError."""
    ring = KeyRing(checked_tenant(tenant), 1, {1: TokenKey.new()})
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(_content(ring))
        file.flush()
        os.fsync(file.fileno())
    return ring


def checked_tenant(name: str) -> str:
    """Return the name of a tenant, which becomes that of a folder. Raises TokenError."""
    if not TENANT.fullmatch(name):
        raise TokenError("a tenant is named in small letters, digits and hyphens, at most 39")
    return name


def rotated(path: Path) -> KeyRing:
    """Add a version to a key file; earlier versions stay, so that old tokens can be read."""
    ring = read_key_file(path)
    version = max(ring.keys) + 1
    ring = KeyRing(ring.tenant, version, {**ring.keys, version: TokenKey.new()})
    with replacing(path) as file:
        file.write(_content(ring))
    return ring


def read_key_file(path: Path) -> KeyRing:
    """Read a key file. Raises FileNotFoundError, or TokenError for what is none."""
    try:
        return _ring(json.loads(path.read_text(encoding="ascii")))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise TokenError(f"{path.name} is no key file of this kind") from error


def _ring(content: Mapping[str, Any]) -> KeyRing:
    if content["format"] != FORMAT:
        raise ValueError(content["format"])
    keys = {
        int(each["version"]): TokenKey(b64decode(each["siv"]), b64decode(each["seal"]))
        for each in content["keys"]
    }
    sizes = {(len(each.siv), len(each.seal)) for each in keys.values()}
    if sizes != {(SIV_KEY_BYTES, SEAL_KEY_BYTES)} or content["current"] not in keys:
        raise ValueError("keys of a wrong size")
    return KeyRing(str(content["tenant"]), int(content["current"]), keys)


def _content(ring: KeyRing) -> str:
    keys = [
        {"version": version, "siv": _text(key.siv), "seal": _text(key.seal)}
        for version, key in ring.keys.items()
    ]
    content = {"format": FORMAT, "tenant": ring.tenant, "current": ring.current, "keys": keys}
    return json.dumps(content, indent=1) + "\n"


def _text(content: bytes) -> str:
    return b64encode(content).decode()

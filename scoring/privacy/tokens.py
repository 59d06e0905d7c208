"""Deterministic tokens of values, and random sealing of everything else, on the lender's side.

This is pseudonymisation, not anonymisation: equal values of one column give equal tokens, so that a
network can learn from them, and whoever knows how often each value occurs can guess many of them
(``leak.py`` measures it). Fields that no estimator reads are sealed at random instead.

Tokens: AES-SIV (RFC 5297) under a 512-bit key; the column, the tenant and the key's version are
associated data, so equal values of two columns have different tokens. Sealing: AES-256-GCM. This
module needs only Python and ``cryptography``.
"""

import os
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, AESSIV

SIV_KEY_BYTES, SEAL_KEY_BYTES, NONCE_BYTES = 64, 32, 12
# One block, so that the length of a token tells nothing of its value; one byte marks the end.
BLOCK_BYTES = 16
END = b"\x80"
LONGEST_VALUE_BYTES = BLOCK_BYTES - len(END)
TOKEN = re.compile(r"t([1-9][0-9]{0,5})\.([A-Za-z0-9_-]{43})")
SEALED = re.compile(r"s([1-9][0-9]{0,5})\.([A-Za-z0-9_-]{38,})")


class TokenError(ValueError):
    """A value that cannot become a token, or a token that this key did not make."""


@dataclass(frozen=True, repr=False)
class TokenKey:
    """One version of a key: ``siv`` of 64 bytes for tokens, ``seal`` of 32 for the rest."""

    siv: bytes
    seal: bytes

    @cached_property
    def tokens(self) -> AESSIV:
        return AESSIV(self.siv)

    @cached_property
    def sealing(self) -> AESGCM:
        return AESGCM(self.seal)

    @classmethod
    def new(cls) -> "TokenKey":
        """Return a fresh random key."""
        return cls(os.urandom(SIV_KEY_BYTES), os.urandom(SEAL_KEY_BYTES))


@dataclass(frozen=True, repr=False)
class KeyRing:
    """Every version of one tenant's key; what is new is made with ``current``."""

    tenant: str
    current: int
    keys: Mapping[int, TokenKey]

    def token(self, column: str, value: str) -> str:
        """Return the token of a value of at most 15 bytes. Raises TokenError for a longer one."""
        content = value.encode()
        if len(content) > LONGEST_VALUE_BYTES:
            raise TokenError(f"has more than {LONGEST_VALUE_BYTES} bytes")
        padded = (content + END).ljust(BLOCK_BYTES, b"\0")
        cipher = self.keys[self.current].tokens.encrypt(padded, self._place(column, self.current))
        return f"t{self.current}.{_text(cipher)}"

    def value(self, column: str, token: str) -> str:
        """Return what a token of any version stands for. Raises TokenError for a foreign one."""
        version, cipher = self._parts(TOKEN, token)
        try:
            padded = self.keys[version].tokens.decrypt(cipher, self._place(column, version))
        except InvalidTag as error:
            raise TokenError("is a token of another key or column") from error
        return padded.rstrip(b"\0")[: -len(END)].decode()

    def seal(self, column: str, value: str) -> str:
        """Return a value under random encryption: never the same twice."""
        nonce = os.urandom(NONCE_BYTES)
        place = b"|".join(self._place(column, self.current))
        cipher = self.keys[self.current].sealing.encrypt(nonce, value.encode(), place)
        return f"s{self.current}.{_text(nonce + cipher)}"

    def opened(self, column: str, sealed: str) -> str:
        """Return what was sealed. Raises TokenError for what this key did not seal."""
        version, content = self._parts(SEALED, sealed)
        place = b"|".join(self._place(column, version))
        nonce, cipher = content[:NONCE_BYTES], content[NONCE_BYTES:]
        try:
            return self.keys[version].sealing.decrypt(nonce, cipher, place).decode()
        except InvalidTag as error:
            raise TokenError("was sealed by another key or in another column") from error

    def again(self, column: str, text: str) -> str:
        """Return a token or sealed text under the current version."""
        if TOKEN.fullmatch(text):
            return self.token(column, self.value(column, text))
        return self.seal(column, self.opened(column, text))

    def _place(self, column: str, version: int) -> list[bytes]:
        return [column.encode(), self.tenant.encode(), str(version).encode()]

    def _parts(self, form: re.Pattern[str], text: str) -> tuple[int, bytes]:
        found = form.fullmatch(text)
        if found is None:
            raise TokenError("is neither a token nor sealed")
        version = int(found[1])
        if version not in self.keys:
            raise TokenError(f"is of key version {version}, which the key file does not hold")
        try:
            return version, urlsafe_b64decode(found[2] + "=" * (-len(found[2]) % 4))
        except ValueError as error:
            raise TokenError("is cut short") from error


def key_version(token: str) -> int | None:
    """Return the key version that a token names, or None for what is no token."""
    found = TOKEN.fullmatch(token)
    return int(found[1]) if found else None


def is_sealed(text: str) -> bool:
    """Tell whether a text has the form of a sealed one."""
    return SEALED.fullmatch(text) is not None


def _text(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()

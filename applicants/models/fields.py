"""Columns that hold personal data: encrypted at rest, found through a blind index."""

import base64
import hashlib
import hmac
import os
import unicodedata

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import models

NONCE_BYTES = 12
KEY_VERSION = "1"


class EncryptedTextField(models.TextField):
    """Text kept as AES-256-GCM under the field key; the column's name is authenticated with it.

    The same text never gives the same ciphertext twice, so the column cannot be searched or
    sorted; a blind index beside it can be searched.
    """

    def get_prep_value(self, value: str | None) -> str | None:
        if value is None or value == "":
            return None
        nonce = os.urandom(NONCE_BYTES)
        sealed = AESGCM(settings.FIELD_KEY).encrypt(nonce, value.encode(), self._context())
        return f"{KEY_VERSION}:{base64.b64encode(nonce + sealed).decode()}"

    def from_db_value(self, value: str | None, expression: object, connection: object) -> str:
        if value is None:
            return ""
        data = base64.b64decode(value.partition(":")[2])
        try:
            plain = AESGCM(settings.FIELD_KEY).decrypt(
                data[:NONCE_BYTES], data[NONCE_BYTES:], self._context()
            )
        except InvalidTag as error:
            raise ValueError(f"{self.name} cannot be decrypted with the key in use") from error
        return plain.decode()

    def _context(self) -> bytes:
        return f"{self.model._meta.db_table}.{self.column}".encode()


class EncryptedDateField(EncryptedTextField):
    """A date kept like :class:`EncryptedTextField`, in ISO form."""

    def get_prep_value(self, value: object) -> str | None:
        return super().get_prep_value(str(value) if value else None)


def normalised(value: str) -> str:
    """Return the form under which a value is searched: no case, no accents, single spaces."""
    decomposed = unicodedata.normalize("NFKD", value.casefold())
    letters = "".join(character for character in decomposed if not unicodedata.combining(character))
    return " ".join(letters.split())


def blind_index(purpose: str, value: str) -> str:
    """Return the HMAC-SHA256 under which ``value`` can be found; empty for an empty value."""
    text = normalised(value)
    if not text:
        return ""
    return hmac.new(settings.INDEX_KEY, f"{purpose}\0{text}".encode(), hashlib.sha256).hexdigest()

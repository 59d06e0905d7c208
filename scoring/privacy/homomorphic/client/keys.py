"""The keys of a client, and what only they can do."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import tenseal.sealapi as seal
from numpy.typing import NDArray

from scoring.privacy.homomorphic.contexts import context_of, require_safe
from scoring.privacy.homomorphic.errors import MalformedError
from scoring.privacy.homomorphic.evaluation_keys import SECRET_MAGIC, packed, rotations_of
from scoring.privacy.homomorphic.packing import Packing
from scoring.privacy.homomorphic.parameters import Parameters, published
from scoring.privacy.homomorphic.seal_bytes import load_ciphertext, load_into, to_bytes

Floats = NDArray[np.float64]
SECRET_FILE = "secret.key"  # noqa: S105  # the name of a file
_LINE = b"\n"


@dataclass(frozen=True, slots=True)
class NewKeys:
    """What making keys yields: the client's own, and the file for the server."""

    client: "ClientKeys"
    evaluation: bytes


class ClientKeys:
    """A secret key and what it is for. Rows are encrypted with the secret key itself.

    Encrypting with it, not with a public key, has less noise and half the bytes: one half of the
    ciphertext is random and travels as its seed.
    """

    def __init__(self, parameters: Parameters, secret: seal.SecretKey) -> None:
        self.parameters = parameters
        self._context = context_of(parameters)
        self._secret = secret
        self._encoder = seal.CKKSEncoder(self._context)
        self._encryptor = seal.Encryptor(self._context, secret)
        self._decryptor = seal.Decryptor(self._context, secret)

    @classmethod
    def make(cls, parameters: Parameters, *, for_batches: bool = False) -> NewKeys:
        """Return new keys. Keys for batches rotate nothing, and are small.

        Raises UnsafeParametersError below 128-bit security or a scale of 2^30.
        """
        context = context_of(require_safe(parameters))
        generator = seal.KeyGenerator(context)
        relinearising, rotating = b"", b""
        if parameters.depth > 1:
            relinearising = to_bytes(generator.create_relin_keys())
        rotations = [] if for_batches else rotations_of(parameters)
        if rotations:
            rotating = to_bytes(
                generator.create_galois_keys([_element(step, parameters) for step in rotations])
            )
        evaluation = packed(parameters.name, relinearising, rotating)
        return NewKeys(cls(parameters, generator.secret_key()), evaluation)

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Return the keys kept in a folder. Raises MalformedError, or FileNotFoundError."""
        content = (folder / SECRET_FILE).read_bytes()
        if not content.startswith(SECRET_MAGIC) or _LINE not in content:
            raise MalformedError(f"{folder / SECRET_FILE} is not a secret key.")
        name, secret = content[len(SECRET_MAGIC) :].split(_LINE, 1)
        parameters = published(name.decode("ascii", "replace"))
        context = context_of(parameters)
        return cls(parameters, load_into(seal.SecretKey(), context, secret, "a secret key"))

    def keep(self, folder: Path) -> None:
        """Write the secret key to a folder, readable by its owner only. Overwrites nothing.

        Raises FileExistsError.
        """
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / SECRET_FILE
        path.touch(0o600, exist_ok=False)
        path.write_bytes(
            SECRET_MAGIC + self.parameters.name.encode() + _LINE + to_bytes(self._secret)
        )

    def encrypt(self, inputs: Floats) -> bytes:
        """Return one encoded row of shape (inputs,) as a ciphertext."""
        return self._encrypted(Packing.of(self.parameters).inputs(inputs))

    def encrypt_batch(self, inputs: Floats) -> list[bytes]:
        """Return rows of shape (rows, inputs) as one ciphertext an input; rows fill the slots.

        Raises ValueError for more rows than slots.
        """
        if len(inputs) > self.parameters.slots:
            raise ValueError(f"{len(inputs)} rows do not fit {self.parameters.slots} slots")
        padded = np.zeros((self.parameters.slots, inputs.shape[1]))
        padded[: len(inputs)] = inputs
        return [self._encrypted(column) for column in padded.T]

    def decrypt(self, content: bytes) -> float:
        """Return the output for one row. Not for sharing as it is: see :func:`answered`.

        Raises MalformedError.
        """
        return float(self.decrypt_slots(content)[0])

    def decrypt_slots(self, content: bytes) -> Floats:
        """Return all slots of an output, shape (slots,). Raises MalformedError."""
        ciphertext, plaintext = load_ciphertext(self._context, content), seal.Plaintext()
        try:
            self._decryptor.decrypt(ciphertext, plaintext)
            return np.array(self._encoder.decode_double(plaintext))
        except (RuntimeError, ValueError) as error:
            raise MalformedError("This output cannot be decrypted with this key.") from error

    def _encrypted(self, slots: Floats) -> bytes:
        plaintext = seal.Plaintext()
        scale = 2.0**self.parameters.input_bits
        self._encoder.encode(slots.tolist(), scale, plaintext)
        return to_bytes(self._encryptor.encrypt_symmetric(plaintext))


def _element(step: int, parameters: Parameters) -> int:
    """Return the Galois element that rotates slots by ``step``."""
    return pow(3, step, 2 * parameters.degree)

"""The client in a process of its own: ``python -m scoring.privacy.homomorphic.client.round_trip``.

It is given an estimator's public part and a row, makes keys, sends evaluation keys and a
ciphertext, gets an encrypted output, and tells the rounded answer. The secret key lives and ends
in it.
"""

import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from typing import TypeVar

from scoring.privacy.homomorphic.client.answers import answered, error_bound
from scoring.privacy.homomorphic.client.keys import ClientKeys
from scoring.privacy.homomorphic.encoder import Encoder
from scoring.privacy.homomorphic.frames import receive, send
from scoring.privacy.homomorphic.parameters import published

Result = TypeVar("Result")


def main() -> None:
    """Play the client once."""
    seconds: dict[str, float] = {}

    def timed(step: str, action: Callable[[], Result]) -> Result:
        started = time.perf_counter()
        result = action()
        seconds[step] = time.perf_counter() - started
        return result

    head, _ = receive(sys.stdin.buffer)
    public = head["estimator"]
    keys = timed("make_keys", lambda: ClientKeys.make(published(public["parameters"])))
    send(sys.stdout.buffer, {"is": "keys"}, keys.evaluation)
    inputs = Encoder.of(public["encoder"]).encode(head["row"])
    row = timed("encrypt", lambda: keys.client.encrypt(inputs))
    send(sys.stdout.buffer, {"is": "row"}, row)
    _, encrypted = receive(sys.stdin.buffer)
    output = timed("decrypt", lambda: keys.client.decrypt(encrypted))
    send(
        sys.stdout.buffer,
        {
            "answer": asdict(answered(public, output)),
            "error_below": error_bound(public, output, head["plain_output"]),
            "seconds": seconds,
        },
    )


if __name__ == "__main__":
    main()

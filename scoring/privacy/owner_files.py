"""Files for their owner alone, which appear whole or not at all."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO


@contextmanager
def replacing(target: Path) -> Iterator[TextIO]:
    """Give a new file in UTF-8, with mode 0600 and line ends as written, to take target's place.

    It is made under a name that nothing had, so neither a link that somebody laid nor the mode of
    an older file counts. Where the block raises, the target stays as it was. Raises OSError.
    """
    descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f"{target.name}.")
    unfinished = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)

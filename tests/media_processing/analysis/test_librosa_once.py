"""Of the processes that would compile librosa's loops one does, and the others wait for it."""

import fcntl

import pytest

from media_processing.analysis import librosa_once as subject


def test_the_others_wait_while_one_compiles(monkeypatch: pytest.MonkeyPatch) -> None:
    refused: list[bool] = []

    def compiled() -> object:
        with subject._own_source().open("rb") as other:
            try:
                fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                refused.append(True)
        return subject

    monkeypatch.setattr(subject, "_compiled", compiled)
    subject.librosa.__wrapped__()
    assert refused == [True]
    with subject._own_source().open("rb") as afterwards:
        fcntl.flock(afterwards, fcntl.LOCK_EX | fcntl.LOCK_NB)

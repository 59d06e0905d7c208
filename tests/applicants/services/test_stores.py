"""Both kinds of storage keep the same promises; the bucket is one of moto's."""

import io
import shutil
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from django.core.exceptions import ImproperlyConfigured
from moto import mock_aws

from applicants.sealing import SealedReader, SealedWriter, new_data_key
from applicants.services.stores import Store, store_at

KEY = "0123456789abcdef" * 2
CONTENT = bytes(range(256)) * 12_000


@pytest.fixture(params=["file", "s3"])
def store(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Store]:
    store_at.cache_clear()
    if request.param == "file":
        yield store_at(f"file://{tmp_path / 'media'}")
    else:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        with mock_aws():
            boto3.client("s3").create_bucket(Bucket="media")
            yield store_at("s3://media/site")
    store_at.cache_clear()


def test_what_was_written_is_read_in_any_order(store: Store) -> None:
    store.write(KEY, lambda file: file.write(CONTENT) and None)
    with store.reading(KEY) as file:
        assert file.seek(0, io.SEEK_END) == len(CONTENT)
        file.seek(1_000_000)
        assert file.read(10) == CONTENT[1_000_000:1_000_010]
        file.seek(0)
        assert file.read() == CONTENT


def test_ranges_of_a_sealed_file_are_read(store: Store) -> None:
    data_key = new_data_key()

    def fill(target: io.BufferedIOBase) -> None:
        with SealedWriter(target, data_key, KEY) as writer:
            writer.write(CONTENT)

    store.write(KEY, fill)
    with store.reading(KEY) as file:
        sealed = SealedReader(file, data_key, KEY)
        assert sealed.read_range(1_048_570, 1_048_600) == CONTENT[1_048_570:1_048_600]
        assert sealed.read_range(0, len(CONTENT)) == CONTENT


def test_a_write_that_fails_leaves_no_name(store: Store) -> None:
    def broken(file: io.BufferedIOBase) -> None:
        file.write(CONTENT)
        raise ConnectionError

    with pytest.raises(ConnectionError):
        store.write(KEY, broken)
    with pytest.raises(FileNotFoundError), store.reading(KEY):
        pytest.fail("nothing was written")


def test_removing_twice_is_no_error(store: Store) -> None:
    store.write(KEY, lambda file: file.write(b"x") and None)
    store.remove(KEY)
    store.remove(KEY)
    with pytest.raises(FileNotFoundError), store.reading(KEY):
        pytest.fail("it was removed")


def test_room_is_told(store: Store) -> None:
    assert 0 < store.free_share() <= 1


def test_the_free_share_of_a_folder_is_that_of_its_disk(tmp_path: Path) -> None:
    usage = shutil.disk_usage(tmp_path)
    share = store_at(f"file://{tmp_path / 'm'}").free_share()
    assert share == pytest.approx(usage.free / usage.total, abs=0.05)


def test_another_kind_of_storage_is_refused() -> None:
    with pytest.raises(ImproperlyConfigured):
        store_at("ftp://somewhere/media")

"""The cache: one client for all threads and requests, and Django's behaviour otherwise."""

from concurrent.futures import ThreadPoolExecutor

from django.core.cache import caches


def _client() -> object:
    return caches.create_connection("default")._cache.get_client(write=True)


def test_every_thread_has_the_same_client() -> None:
    with ThreadPoolExecutor(2) as threads:
        found = {id(threads.submit(_client).result()) for _ in range(3)} | {id(_client())}
    assert len(found) == 1


def test_what_one_thread_keeps_another_finds() -> None:
    with ThreadPoolExecutor(1) as threads:
        threads.submit(lambda: caches["default"].set("kept", [1, "two"], 5)).result()
    assert caches["default"].get("kept") == [1, "two"]
    caches["default"].delete("kept")
    assert caches["default"].get("kept", "none") == "none"

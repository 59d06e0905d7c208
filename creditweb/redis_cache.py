"""Django's cache on Redis, with one client per process in place of one per call.

Making a client costs more than a command does. And Django keeps a cache per thread or, under ASGI,
per request: each would open a connection of its own.
"""

from functools import cache, cached_property

from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from redis import Redis


class OneClient(RedisCacheClient):
    """A client is safe between threads: it takes a connection of its pool for each command."""

    @cached_property
    def _kept(self) -> Redis:
        client: Redis = super().get_client()
        return client

    def get_client(self, key: object = None, *, write: bool = False) -> Redis:
        return self._kept


@cache
def _client_of(server: str) -> OneClient:
    return OneClient([server])


class SharedRedisCache(RedisCache):
    """The cache on one server."""

    @cached_property
    def _cache(self) -> OneClient:
        (server,) = self._servers
        return _client_of(server)

"""What the tests of this folder share."""

from collections.abc import Callable

import pytest
from django.test import Client

from applicants.models import Officer

ClientOf = Callable[[Officer], Client]


@pytest.fixture
def failing_is_answered(client_of: ClientOf) -> ClientOf:
    """A client that answers 500 where the product fails, as the server would."""

    def signed_in(officer: Officer) -> Client:
        client = client_of(officer)
        client.raise_request_exception = False
        return client

    return signed_in

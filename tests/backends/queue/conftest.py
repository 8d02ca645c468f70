"""A network of a test's own."""

from collections.abc import Iterator

import pytest

from tcpchaos.backends.queue import Place
from tests.netns import lacks, network


@pytest.fixture
def place() -> Iterator[Place]:
    """A network with nothing in it but a loopback."""
    if why := lacks():
        pytest.skip(why)
    with network() as made:
        yield made

"""What tests of the store share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from muster.runtime.store.project import Project
from muster.runtime.store.store import open_store


@pytest.fixture
def project() -> Iterator[Project]:
    """Give a new project in memory, on the default engine."""
    with open_store() as store:
        yield store.project("acme", "web", create=True)

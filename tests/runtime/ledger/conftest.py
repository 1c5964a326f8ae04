"""What tests of the ledger share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.runtime.ledger.ledgers import Address, new_address


@pytest.fixture
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Address:
    """Give the address of a new, empty ledger of the kind asked for."""
    return new_address(request.param, tmp_path)

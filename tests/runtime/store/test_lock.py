"""The lock on a folder."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from muster.runtime.store.lock import FolderInUseError, FolderLock


def test_a_folder_is_one_holders_until_it_lets_go(tmp_path: Path) -> None:
    lock = FolderLock(tmp_path)
    with pytest.raises(FolderInUseError, match=f"process {os.getpid()}"):
        FolderLock(tmp_path)
    lock.close()

    FolderLock(tmp_path).close()


def test_what_an_earlier_holder_left_does_not_matter(tmp_path: Path) -> None:
    (tmp_path / "lock").write_text("process 1 (gone)\n" * 100)
    lock = FolderLock(tmp_path)

    assert "gone" not in (tmp_path / "lock").read_text()
    lock.close()

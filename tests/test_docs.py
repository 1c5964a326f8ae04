"""The docs are true: every block of every page runs, and the generated pages are up to date."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from docs.generate import PAGES, stale_pages
from muster.grammar import limits
from tests.doc_blocks import BrokenBlockError, blocks, run_page
from tests.project_rules import ROOT, read, relative

HAND_WRITTEN = [
    path for path in sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]) if relative(path) not in PAGES
]


@pytest.mark.parametrize("path", HAND_WRITTEN, ids=relative)
def test_every_block_of_a_page_runs(path: Path, tmp_path: Path) -> None:
    page = read(path)

    assert run_page(page, tmp_path) == len(list(blocks(page)))


def test_the_limits_told_are_those_that_hold() -> None:
    told = " ".join(read(ROOT / "docs" / "language.md").split())

    assert (
        f"conditions nested {limits.MAX_DEPTH} levels deep, {limits.MAX_BRACKETS} parentheses inside each other,"
        f" {limits.MAX_LEAVES} conditions, {limits.MAX_LIST:,} values in a list, {limits.MAX_STEPS} steps in a"
        f" sequence, {limits.MAX_PATH} names in a path, {limits.MAX_PERIODS:,} periods,"
        f" {limits.MAX_CLAUSES} clauses on an event, {limits.MAX_DEFINITIONS}"
        " parameters"
    ) in told


@pytest.mark.parametrize("path", HAND_WRITTEN, ids=relative)
def test_no_page_installs_the_other_project_that_has_the_name_on_pypi(path: Path) -> None:
    assert re.findall(r"pip install ['\"]?muster\b", read(path)) == []


BROKEN = {
    "python raises": "```python\nassert 1 + 1 == 3\n```",
    "python does not compile": "```python\nif\n```",
    "doctest prints something else": "```python\n>>> 1 + 1\n3\n```",
    "output differs": "```console\n$ echo one\ntwo\n```",
    "command missing": "```console\n$ no-such-command-here\n```",
    "no command": "```console\nhello\n```",
    "json is not a rule": '```json\n{"trait": "plan"}\n```',
    "json data does not parse": "```json data\n{\n```",
    "rule does not parse": "```muster\nplan == 3\n```",
    "toml does not parse": "```toml map.toml\na = = 3\n```",
    "csv is ragged": "```csv x.csv\na,b\n1\n```",
    "sql does not parse": "```sql\nSELECT FROM WHERE\n```",
    "unknown language": "```cobol\nx\n```",
    "no language": "```\nx\n```",
    "skipped without need": "<!-- skip: slow -->\n```console\n$ muster count\n```",
}


@pytest.mark.parametrize("page", BROKEN.values(), ids=BROKEN)
def test_a_broken_block_is_found(page: str, tmp_path: Path) -> None:
    with pytest.raises(BrokenBlockError, match=r"^line \d+"):
        run_page(f"# Page\n\n{page}\n", tmp_path)


def test_blocks_of_a_page_share_files_and_names(tmp_path: Path) -> None:
    page = (
        "```csv people.csv\na,b\n1,2\n```\n"
        "```python\nfrom pathlib import Path\ntext = Path('people.csv').read_text()\n```\n"
        "```python\n>>> text\n'a,…'\n```\n"
        "```console\n$ cat people.csv\na,b\n…\n$ echo \\\n  two\ntwo\n```\n"
        "<!-- skip: installs -->\n```console\n$ pip install muster\n```\n"
    )

    assert run_page(page, tmp_path) == 5


def test_generated_pages_are_up_to_date() -> None:
    assert stale_pages() == []

"""The shape of the project: sizes, mirrors, who may import whom, and what may stand in a file."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from pathlib import Path
from typing import get_args, get_type_hints

import pytest

from muster.compiler import expr, rule, values
from muster.compiler.operators import EVENT_OPERATORS, FIELD_OPERATORS
from tests.project_rules import (
    MAX_FILE_LINES,
    PACKAGE,
    ROOT,
    adr_faults,
    long_functions,
    machine_places,
    modules,
    names_decided_on,
    raw_sql,
    read,
    relative,
    tracked_files,
    unexplained_silencers,
)

# File over the limit -> why splitting it would hide its one purpose.
LONG_FILES = {
    "muster/compiler/expr.py": "the core is one vocabulary, and every back-end reads it as a whole",
}

# Module -> the test file that covers it, where that is not tests/<part>/…/test_<module>.py.
EXAMPLES = "tests/conformance/test_operator_examples.py"
# Each makes the tables of one form of the ledger out of those of the one before, however many those are.
MIGRATIONS = sorted((PACKAGE / "runtime" / "ledger" / "migrations" / "versions").glob("0*.py"))
TESTED_BY: dict[str, str] = {
    "muster/api/store_options.py": "tests/api/commands/test_project.py",
    "muster/backends/clickhouse/project.py": "tests/backends/test_project_engines.py",
    "muster/backends/postgres/project.py": "tests/backends/test_project_engines.py",
    "muster/backends/sql/changes.py": "tests/backends/test_project_engines.py",
    "muster/backends/sql/queries.py": "tests/backends/test_project_engines.py",
    "muster/api/options.py": "tests/api/commands/test_rules.py",
    "muster/api/output.py": "tests/api/commands/test_data.py",
    "muster/compiler/checked.py": "tests/compiler/test_resolve.py",
    "muster/compiler/messages/comparison.py": "tests/runtime/test_comparison.py",
    "muster/compiler/messages/keys.py": "tests/runtime/ledger/test_keys.py",
    "muster/compiler/messages/knowledge.py": "tests/test_diagnostics.py",
    "muster/compiler/messages/laws.py": "tests/testing/test_laws.py",
    "muster/compiler/messages/ledger.py": "tests/runtime/ledger/test_database.py",
    "muster/compiler/messages/meaning.py": "tests/test_diagnostics.py",
    "muster/compiler/messages/store.py": "tests/runtime/test_sources.py",
    **{
        f"muster/compiler/operators/{name}.py": EXAMPLES
        for name in ("compare", "elements", "events", "metrics", "presence", "spec", "text", "when")
    },
    "muster/compiler/pipeline.py": "tests/runtime/test_compilation.py",
    "muster/runtime/ledger/migrations/env.py": "tests/runtime/ledger/test_migrate.py",
    **{relative(path): "tests/runtime/ledger/test_migrate.py" for path in MIGRATIONS},
    "muster/compiler/messages/copying.py": "tests/runtime/store/test_copying.py",
    "muster/runtime/ledger/copying.py": "tests/runtime/store/test_copying.py",
    "muster/compiler/messages/ingest.py": "tests/runtime/store/test_ingest.py",
    "muster/compiler/messages/keeping.py": "tests/runtime/store/test_store.py",
    **{
        f"muster/runtime/ledger/{name}.py": "tests/runtime/store/test_identity.py"
        for name in ("catalogues", "notices", "people", "statements", "steps", "tombstones")
    },
    "muster/runtime/ledger/audiences.py": "tests/runtime/store/test_audiences.py",
    "muster/runtime/ledger/dead_letters.py": "tests/runtime/store/test_ingest.py",
    "muster/runtime/ledger/jobs.py": "tests/runtime/store/test_loading.py",
    "muster/runtime/ledger/inbox.py": "tests/runtime/store/test_ingest.py",
    "muster/runtime/store/decide.py": "tests/runtime/store/test_identity.py",
    "muster/runtime/store/library.py": "tests/runtime/store/test_audiences.py",
    **{
        f"muster/runtime/store/{name}.py": "tests/runtime/store/test_project.py"
        for name in ("membership", "pages", "profiles")
    },
    "muster/runtime/store/place.py": "tests/runtime/store/test_store.py",
    "muster/runtime/store/projector.py": "tests/runtime/store/test_store.py",
    "muster/compiler/plan.py": "tests/compiler/test_planner.py",
    "muster/compiler/substitute.py": "tests/compiler/test_resolve.py",
    "muster/runtime/explain.py": "tests/runtime/test_compilation.py",
    "muster/runtime/folder.py": "tests/runtime/test_sources.py",
    **{
        f"muster/runtime/search/{name}.py": "tests/runtime/search/test_walk.py"
        for name in ("changes", "histories", "person")
    },
}

# Module -> why it may branch on the names of operators. The grammar spells names, so it is not looked at.
BRANCHES_ALLOWED = {
    "muster/compiler/check_events.py": "stopped and resumed alone take a second length",
    "muster/compiler/check_test.py": "a pattern is parsed, and an empty text refused, where the rule says it",
    "muster/compiler/lint.py": "a lint is about one habit, and the operator names it",
    "muster/runtime/assumed.py": "lists are assumed where an operator that only lists want is used",
}

SCRIPTS = Path(sysconfig.get_path("scripts"))


def mirror(module: str) -> str:
    """Name the test file of a module."""
    if module in TESTED_BY:
        return TESTED_BY[module]
    path = Path(module).relative_to("muster")
    return (Path("tests") / path.with_name(f"test_{path.name}")).as_posix()


def core_words() -> frozenset[str]:
    """Give the words that the core itself is written in; some operators are named the same."""
    words: set[str] = set()
    for vocabulary in (
        expr.Ordering,
        rule.Aggregate,
        rule.ParamType,
        rule.SubjectKind,
        rule.WindowKind,
        values.CalendarUnit,
        values.Kind,
    ):
        words.update(get_args(vocabulary))
    words.update(get_args(get_type_hints(expr.TextTest)["how"]))
    return frozenset(words)


@pytest.mark.parametrize("path", modules(), ids=relative)
def test_files_are_short_enough_to_hold_in_mind(path: Path) -> None:
    lines = len(read(path).splitlines())

    assert lines <= MAX_FILE_LINES or relative(path) in LONG_FILES, f"{relative(path)} has {lines} lines"


def test_no_long_file_is_excused_without_need() -> None:
    excused = [name for name in LONG_FILES if len(read(ROOT / name).splitlines()) <= MAX_FILE_LINES]

    assert excused == []


@pytest.mark.parametrize("path", [path for path in modules() if path not in MIGRATIONS], ids=relative)
def test_functions_are_short(path: Path) -> None:
    assert long_functions(read(path)) == []


def test_a_long_function_is_found() -> None:
    source = "def much() -> None:\n" + "    print()\n" * 60

    assert long_functions(source) == ["much (61 lines)"]


def test_every_module_has_a_test_file() -> None:
    names = [relative(path) for path in modules() if path.name != "__init__.py"]
    bare = {name: mirror(name) for name in names if not (ROOT / mirror(name)).is_file()}

    assert bare == {}


def test_no_module_is_listed_as_tested_elsewhere_without_need() -> None:
    gone = [name for name in TESTED_BY if not (ROOT / name).is_file()]

    assert gone == []


OPERATOR_NAMES = frozenset({*FIELD_OPERATORS, *EVENT_OPERATORS}) - core_words()


@pytest.mark.parametrize(
    "path", [path for path in modules() if not {"operators", "grammar"} & set(path.parts)], ids=relative
)
def test_only_the_registry_decides_by_an_operators_name(path: Path) -> None:
    found = names_decided_on(read(path), OPERATOR_NAMES)

    assert found == [] or relative(path) in BRANCHES_ALLOWED, found


def test_no_branch_on_an_operators_name_is_excused_without_need() -> None:
    excused = [name for name in BRANCHES_ALLOWED if not names_decided_on(read(ROOT / name), OPERATOR_NAMES)]

    assert excused == []


def test_a_branch_on_an_operators_name_is_found() -> None:
    names = frozenset({"older_than", "neq"})
    source = (
        'if op == "neq":\n    pass\n'
        'match op:\n    case "older_than":\n        pass\n'
        'x = 1 if op in ("neq", "eq") else 2\n'
        'spelled = "neq"\n'
    )

    assert sorted(names_decided_on(source, names)) == ["neq", "neq", "older_than"]


@pytest.mark.parametrize("path", [path for path in modules() if "backends" not in path.parts], ids=relative)
def test_sql_is_written_by_back_ends_only(path: Path) -> None:
    assert raw_sql(read(path)) == []


def test_raw_sql_is_found_in_code_but_not_in_docstrings() -> None:
    source = '"""SELECT a FROM b."""\nquery = f"SELECT {a} FROM b"\ndrop = "DELETE FROM b"\nwords = "select from"\n'

    assert sorted(raw_sql(source)) == ["DELETE FROM b", "SELECT … FROM b"]


@pytest.mark.parametrize("path", [path for path in tracked_files() if path.suffix == ".py"], ids=relative)
def test_every_silenced_finding_says_why(path: Path) -> None:
    assert unexplained_silencers(read(path)) == []


def test_a_silencer_without_a_reason_is_found() -> None:
    quiet = "noqa"
    bad = f"x = 1  # {quiet}: E501\ny = 2  # {quiet}\nz = f()  # type: " + "ignore[arg-type]\n"
    good = f"x = 1  # {quiet}: E501 (a table reads better wide)\n"

    assert len(unexplained_silencers(bad)) == 3
    assert unexplained_silencers(good) == []


def test_no_file_names_one_machine_or_a_registry() -> None:
    found: dict[str, list[str]] = {}
    for path in tracked_files():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        if places := machine_places(text):
            found[relative(path)] = places

    assert found == {}


def test_a_place_of_one_machine_is_found() -> None:
    assert machine_places("cd /wo" + "rk/main") == ["/wo" + "rk"]
    assert machine_places("pip install -i https://pyp" + "i.org/simple x") == ["pyp" + "i.org"]
    assert machine_places("the homework of roots") == []


def test_the_architecture_page_names_every_module_of_the_pipeline() -> None:
    page = read(ROOT / "ARCHITECTURE.md")
    parts = [path for path in (PACKAGE / "compiler").iterdir() if path.name not in {"__init__.py", "__pycache__"}]
    parts += [path for path in (PACKAGE / "grammar").glob("*.py") if path.name != "__init__.py"]
    parts += [path for path in (PACKAGE / "backends").iterdir() if path.name not in {"__init__.py", "__pycache__"}]
    named = set(re.findall(r"\w+", page))
    missing = [relative(path) for path in parts if path.stem not in named and not path.stem.startswith("build_")]

    assert missing == []


def test_decision_records_are_numbered_and_short() -> None:
    records = sorted((ROOT / "docs" / "adr").glob("*.md"))
    faults = {path.name: found for path in records if (found := adr_faults(read(path)))}
    numbers = [int(path.name[:4]) for path in records]

    assert faults == {}
    assert len(numbers) == len(set(numbers))


def test_a_faulty_decision_record_is_found() -> None:
    assert adr_faults("# Title\n\n## Context\n## Choice\n## Consequence\n") == ["no section Rejected"]
    assert "41 lines" in adr_faults("\n" * 41)


def test_change_fragments_have_a_kind_that_the_changelog_knows() -> None:
    kinds = {entry["directory"] for entry in tomllib.loads(read(ROOT / "pyproject.toml"))["tool"]["towncrier"]["type"]}
    strangers = [
        path.name
        for path in (ROOT / "changelog.d").iterdir()
        if path.name != "README.md" and not re.fullmatch(rf"[\w+.-]+\.(?:{'|'.join(kinds)})\.md", path.name)
    ]

    assert strangers == []


def test_every_lint_rule_that_is_off_says_why() -> None:
    text = read(ROOT / "pyproject.toml")
    ignored = re.search(r"^ignore = \[\n(.*?)^\]", text, re.MULTILINE | re.DOTALL)
    assert ignored is not None
    lines = ignored.group(1).splitlines()

    assert len(lines) <= 20
    assert [line for line in lines if not re.fullmatch(r'    "[A-Z]+\d+", +# \w.+', line)] == []


# --- who may import whom --------------------------------------------------------------------------------------
VIOLATIONS = {
    "muster/compiler/values.py": (
        "import muster.grammar",
        "The parts: testing over api over runtime over the rest",
    ),
    "muster/compiler/diagnostics.py": (
        "import muster.compiler.plan",
        "The stages inside the compiler: each knows only the ones below it",
    ),
    "muster/backends/duckdb/planted.py": ("import muster.backends.memory", "Engines never see each other"),
    "muster/backends/memory/planted.py": (
        "import muster.backends.sql",
        "The reference evaluator shares nothing with the SQL generators",
    ),
    "muster/compiler/passes/planted_two.py": (
        "import muster.compiler.passes.planted_one",
        "Passes never see each other",
    ),
    "muster/grammar/planted.py": ("import sqlglot", "sqlglot only under backends"),
    "muster/runtime/planted_one.py": ("import lark", "lark only in grammar"),
    "muster/runtime/planted_two.py": ("import duckdb", "duckdb only in its back-end"),
    "muster/runtime/planted_four.py": (
        "import clickhouse_connect",
        "ClickHouse's driver only in its back-end",
    ),
    "muster/runtime/planted_five.py": (
        "import psycopg",
        "Postgres's driver only in its back-end, and SQLAlchemy in the ledger",
    ),
    "muster/runtime/planted_three.py": ("import click", "click only in api"),
    "muster/runtime/planted_six.py": ("import hypothesis", "hypothesis only in testing"),
    "muster/compiler/passes/planted_one.py": ("import pydantic", "pydantic only at the edges"),
}


def broken_contracts(folder: Path) -> set[str]:
    """Run the import contracts over a copy of the package and name those that are broken."""
    ran = subprocess.run(
        [SCRIPTS / "lint-imports", "--no-logo", "--no-cache"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Contracts:" in ran.stdout, ran.stdout + ran.stderr
    return set(re.findall(r"^(.+?) BROKEN\b", ran.stdout, re.MULTILINE))


def test_import_contracts_hold_and_every_one_of_them_can_break(tmp_path: Path) -> None:
    shutil.copytree(PACKAGE, tmp_path / "muster", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)

    assert broken_contracts(tmp_path) == set()

    for name, (line, _) in VIOLATIONS.items():
        planted = tmp_path / name
        before = planted.read_text(encoding="utf-8") if planted.exists() else ""
        planted.write_text(f"{before}\n{line}\n", encoding="utf-8")
    declared = {
        contract["name"]
        for contract in tomllib.loads(read(ROOT / "pyproject.toml"))["tool"]["importlinter"]["contracts"]
    }

    assert {contract for _, contract in VIOLATIONS.values()} == declared
    assert broken_contracts(tmp_path) == declared


# --- the wheel ------------------------------------------------------------------------------------------------
@pytest.mark.slow
def test_the_wheel_compiles_a_rule_outside_the_checkout(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path], cwd=ROOT, check=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        held = set(archive.namelist())
    assert {"muster/py.typed", "muster/grammar/rule.lark"} <= held
    assert not [name for name in held if name.startswith(("tests/", "docs/", "benchmarks/"))]

    home = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", home], check=True)
    python = home / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", str(python)]
    subprocess.run([*pip, "install", "--quiet", "--no-deps", "--no-index", str(wheel)], check=True)
    (packages,) = home.glob("lib/python*/site-packages")
    # Dependencies come from this environment; its own .pth files, the checkout's among them, are not followed.
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")

    told = subprocess.run(
        [python, "-I", "-c", "import muster; print(muster.__file__); print(muster.compile('plan = \"pro\"').sql)"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    where, sql = told.stdout.splitlines()[:2]

    assert Path(where).is_relative_to(home)
    assert "plan" in sql

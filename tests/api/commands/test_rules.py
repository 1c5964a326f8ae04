from __future__ import annotations

import json
from pathlib import Path

import pytest

from muster.grammar.text import parse_library
from tests.api.invoking import muster

LIBRARY = """\
let vip = 1000;
audience "VIP": ltv >= $vip;
audience "Quiet VIP": in audience "VIP" and did not login in last 30 days;
"""


@pytest.fixture
def library(tmp_path: Path) -> str:
    path = tmp_path / "audiences.muster"
    path.write_text(LIBRARY, encoding="utf-8")
    return str(path)


def test_compile_prints_sql_and_its_parameters() -> None:
    done = muster("compile", 'plan = "pro"', "--as-of", "2024-06-15")

    assert done.code == 0
    assert "p.plan__str = $p0" in done.out
    assert "-- p0 = pro" in done.out


def test_compile_inline_holds_the_values() -> None:
    assert "'it''s'" in muster("compile", 'plan = "it\'s"', "--inline").out


def test_compile_explains_every_stage() -> None:
    assert "-- after the passes" in muster("compile", 'plan = "pro"', "--explain").out


def test_compile_as_json_has_sql_and_params() -> None:
    printed = json.loads(muster("compile", 'plan = "pro"', "--json").out)

    assert printed["params"] == {"p0": "pro"}
    assert "$p0" in printed["sql"]


def test_compile_takes_parameters_and_files(library: str) -> None:
    assert "count(*)" in muster("compile", "ltv > $x", "--param", "x=10.5", "--count").out.lower()
    assert "login" in muster("compile", "--file", library, "--name", "Quiet VIP", "--inline").out
    assert muster("compile", "--file", library).code == 2


def test_check_looks_at_every_audience_of_a_file(tmp_path: Path, library: str) -> None:
    wrong = tmp_path / "wrong.muster"
    wrong.write_text(
        LIBRARY + 'audience "Odd": in audience "Nobody" and plan != "pro";\naudience "All": x > 1;\n', "utf-8"
    )
    fine, bad = muster("check", "-f", library), muster("check", "-f", str(wrong))

    assert (fine.code, fine.out) == (0, "2 audiences checked, none wrong.\n")
    assert 'audience "Quiet VIP":\ninfo[L203]' in fine.err
    assert (bad.code, bad.out) == (1, "4 audiences checked, 1 wrong.\n")
    assert 'audience "Odd":\nerror[E30]: There is no audience "Nobody".' in bad.err
    assert 'audience "All"' not in bad.err


def test_check_of_a_file_is_data_by_audience(library: str) -> None:
    done = muster("check", "-f", library, "--json")
    told = json.loads(done.out)["audiences"]

    assert {name: [each["code"] for each in found] for name, found in told.items()} == {
        "VIP": [],
        "Quiet VIP": ["L203"],
    }
    assert (done.code, done.err) == (0, "")


def test_a_name_that_a_file_does_not_hold_is_told_with_the_nearest(library: str) -> None:
    near = muster("check", "--file", library, "--name", "vip")
    far = muster("count", "--file", library, "--name", "everybody")

    assert (near.code, far.code) == (2, 2)
    assert 'The file holds no audience "vip". Did you mean "VIP"?' in near.err
    assert 'It holds "VIP", "Quiet VIP".' in far.err


def test_check_says_what_an_author_may_not_have_meant() -> None:
    done = muster("check", 'plan != "free"')

    assert done.code == 0
    assert "L201" in done.err


def test_check_against_data_knows_its_names() -> None:
    done = muster("check", "did purchse", "--events", "tests/data/events.csv")

    assert "E08" in done.err
    assert "purchase" in done.err
    assert muster("check", "did purchse", "--events", "tests/data/events.csv", "--strict").code == 1


def test_check_finds_nothing_in_a_plain_rule() -> None:
    assert muster("check", 'plan = "pro"').out == "No problems found.\n"


def test_fmt_prints_and_writes_the_canonical_form(tmp_path: Path) -> None:
    path = tmp_path / "rule.muster"
    path.write_text("PLAN is 'pro'", encoding="utf-8")

    assert muster("fmt", "--file", str(path)).out == 'PLAN = "pro"\n'
    assert muster("fmt", "--file", str(path), "--check").code == 1
    assert muster("fmt", "--file", str(path), "--write").code == 0
    assert path.read_text(encoding="utf-8") == 'PLAN = "pro"\n'
    assert muster("fmt", "--file", str(path), "--check").code == 0


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("text", 'plan = "pro"\n'),
        ("english", 'plan is "pro"\n'),
    ],
)
def test_convert_between_forms(form: str, expected: str) -> None:
    assert muster("convert", '{"trait":"plan","op":"eq","value":"pro"}', "--to", form).out == expected


def test_convert_to_json() -> None:
    assert json.loads(muster("convert", 'plan = "pro"', "--to", "json").out) == {
        "trait": "plan",
        "op": "eq",
        "value": "pro",
    }


def test_convert_keeps_comments_as_notes(tmp_path: Path) -> None:
    path = tmp_path / "rule.muster"
    path.write_text("# who pays\nplan = 'pro' # or did\nand x = 1\n# for now\n", encoding="utf-8")
    text, data = (muster("convert", "-f", str(path), "--to", form) for form in ("text", "json"))

    assert text.out == '# who pays\n# or did\nplan = "pro"\nand x = 1\n'
    assert json.loads(data.out)["all"][0]["note"] == "who pays\nor did"
    for done in (text, data):
        assert (done.code, "The comment `# for now` in line 4 has no place" in done.err) == (0, True)
    assert muster("convert", "-f", str(path), "--to", "english").err == ""


def test_convert_of_one_audience_has_its_comments_and_no_others(tmp_path: Path) -> None:
    path = tmp_path / "all.muster"
    path.write_text('audience "A": x = 1; # one\naudience "B": # two\n  y = 1;\n', encoding="utf-8")
    done = muster("convert", "-f", str(path), "--name", "B", "--to", "text")

    assert (done.out, done.err) == ("# two\ny = 1\n", "")


def test_fmt_keeps_comments_that_stand_beside_a_line(tmp_path: Path) -> None:
    path = tmp_path / "rule.muster"
    path.write_text("PLAN = 'pro' # why\nand seats > 3 # enough\n", encoding="utf-8")

    assert muster("fmt", "--file", str(path), "--write").code == 0
    assert path.read_text(encoding="utf-8") == '# why\nPLAN = "pro"\n# enough\nand seats > 3\n'
    assert muster("fmt", "--file", str(path), "--check").code == 0


def test_fmt_never_writes_a_comment_away(tmp_path: Path) -> None:
    path = tmp_path / "rule.muster"
    source = "a = 1 # kept\n# after all\n# and this"
    path.write_text(source, encoding="utf-8")

    printed, written = muster("fmt", source), muster("fmt", "--file", str(path), "--write")

    assert (printed.code, printed.out) == (0, "# kept\na = 1\n")
    assert "`# after all` in line 2 and 1 more has no place" in printed.err
    assert (written.code, "Nothing was written." in written.err) == (1, True)
    assert path.read_text(encoding="utf-8") == source


def test_fmt_tells_problems_at_their_places_in_what_was_written() -> None:
    assert "rule:1:15" in muster("fmt", "a = 1 and b = c # why").err


def test_fmt_formats_a_library_as_a_whole(library: str) -> None:
    path = Path(library)
    path.chmod(0o640)
    assert muster("fmt", "--file", library, "--check").code == 1
    assert muster("fmt", "--file", library, "--write").code == 0

    written = path.read_text(encoding="utf-8")
    assert set(parse_library(written).rules()) == {"VIP", "Quiet VIP"}
    assert parse_library(written) == parse_library(LIBRARY)
    assert muster("fmt", "--file", library, "--check").code == 0
    assert muster("fmt", "--file", library).out == written
    assert path.stat().st_mode & 0o777 == 0o640
    assert list(path.parent.iterdir()) == [path]


def test_fmt_prints_one_audience_but_neither_writes_nor_checks_it(library: str) -> None:
    assert "ltv >= $vip" in muster("fmt", "--file", library, "--name", "VIP").out
    assert muster("fmt", "--file", library, "--name", "VIP", "--write").code == 2
    assert muster("fmt", "--file", library, "--name", "VIP", "--check").code == 2
    assert Path(library).read_text(encoding="utf-8") == LIBRARY


@pytest.mark.parametrize(
    "document",
    [
        '{"trait":"plan","op":"eq","value":"pro"}',
        '{"version":1,"audiences":{"A":{"trait":"plan","op":"eq","value":"pro"},"B":{"audience":"A","op":"in"}}}',
    ],
)
def test_fmt_keeps_json_as_json(tmp_path: Path, document: str) -> None:
    path = tmp_path / "rules.json"
    path.write_text(document, encoding="utf-8")

    assert muster("fmt", "--file", str(path), "--check").code == 1
    assert muster("fmt", "--file", str(path), "--write").code == 0
    assert json.loads(path.read_text(encoding="utf-8")) == json.loads(document)
    assert muster("fmt", "--file", str(path), "--check").code == 0


def test_fmt_that_cannot_write_leaves_the_file(library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path, _: Path) -> Path:
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(Path, "replace", refuse)
    done = muster("fmt", "--file", library, "--write")

    assert done.code == 3
    assert "No space left on device" in done.err
    assert Path(library).read_text(encoding="utf-8") == LIBRARY
    assert list(Path(library).parent.iterdir()) == [Path(library)]


@pytest.mark.parametrize("command", ["compile", "check", "explain"])
def test_every_command_on_a_rule_sees_a_circle_through_its_own_name(command: str, tmp_path: Path) -> None:
    path = tmp_path / "circle.muster"
    path.write_text('audience "A": in audience "B";\naudience "B": in audience "A";\n', encoding="utf-8")

    done = muster(command, "--file", str(path), "--name", "A")

    assert done.code != 0
    assert "A → B → A" in done.err
    assert "B → A → B" not in done.err


def test_a_rule_file_may_begin_with_a_mark_of_its_encoding(tmp_path: Path) -> None:
    path = tmp_path / "a.muster"
    path.write_text('plan = "pro"', encoding="utf-8-sig")

    assert muster("convert", "-f", str(path), "--to", "text").out == 'plan = "pro"\n'


def test_a_file_of_rules_in_another_encoding_says_what_would_work(tmp_path: Path) -> None:
    path = tmp_path / "rule.muster"
    path.write_bytes('plan = "pro"'.encode("utf-16"))
    done = muster("check", "-f", str(path))

    assert (done.code, "a file of rules is UTF-8 text. Save it as that." in done.err) == (1, True)

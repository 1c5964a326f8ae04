from __future__ import annotations

from decimal import Decimal

import pytest

from muster.compiler.diagnostics import RuleError
from muster.compiler.resolve import DELETED, Audiences, Surroundings, resolve
from muster.compiler.rule import AudienceRef, EventTest, Group, Test
from muster.compiler.values import Duration, Number, Text
from muster.grammar.text import parse, parse_metric
from tests.timing import seconds


def codes(source: str, around: Surroundings | None = None, name: str | None = None) -> list[str]:
    """Give the codes of everything that stops a rule."""
    try:
        resolve(parse(source), around, name=name)
    except RuleError as error:
        return [diagnostic.code for diagnostic in error.diagnostics]
    return []


def test_all_problems_of_a_rule_are_told_together() -> None:
    source = 'lifecycle is lost and email contains "" and did login in last $days and sku matches "(?=x)"'

    assert codes(source) == ["E31", "E25", "E26", "E24"]


def test_constants_and_parameters_take_the_place_of_their_names() -> None:
    rule = parse("let vip = 1000; param days: duration = 30d; ltv >= $vip and did login in last $days")

    checked = resolve(rule, Surroundings(params={"days": "7d"}))

    assert isinstance(checked.condition, Group)
    first, second = checked.condition.members
    assert isinstance(first, Test)
    assert isinstance(second, EventTest)
    assert first.value == Number(Decimal(1000))
    assert second.value == Duration(7, "d")


def test_a_default_stands_where_no_value_was_given() -> None:
    checked = resolve(parse("param days: duration = 30d; did login in last $days"))

    assert isinstance(checked.condition, EventTest)
    assert checked.condition.value == Duration(30, "d")


def test_a_list_parameter_expands_inside_a_list() -> None:
    checked = resolve(parse('country in ("DE", $more)'), Surroundings(params={"more": ["US", "CA"]}))

    assert isinstance(checked.condition, Test)
    assert checked.condition.value == (Text("DE"), Text("US"), Text("CA"))


def test_a_list_in_the_place_of_one_value_is_refused() -> None:
    assert codes("country = $more", Surroundings(params={"more": ["US", "CA"]})) == ["E27"]


def test_a_value_for_no_parameter_is_refused() -> None:
    assert codes("plan is set", Surroundings(params={"pln": 1})) == ["E26"]


def test_references_are_resolved_once_and_by_name() -> None:
    audiences: Audiences = {"VIP": parse("ltv > 1000"), "Old": DELETED}

    checked = resolve(
        parse('in audience "VIP" and not in audience "Old" and in audience "VIP"'), Surroundings(audiences=audiences)
    )

    assert checked.audiences["Old"] is None
    vip = checked.audiences["VIP"]
    assert vip is not None
    assert isinstance(vip.condition, Test)


def test_an_unknown_audience_is_named_with_the_nearest_one() -> None:
    with pytest.raises(RuleError) as caught:
        resolve(parse('in audience "VPI"'), Surroundings(audiences={"VIP": parse("ltv > 1")}))

    (found,) = caught.value.diagnostics
    assert (found.code, found.expected) == ("E30", ("VIP",))


def test_a_circle_of_audiences_is_named_whole() -> None:
    audiences = {
        "Active": parse('in audience "VIP" and did login'),
        "VIP": parse('in audience "Big spenders"'),
        "Big spenders": parse('in audience "Active"'),
    }

    with pytest.raises(RuleError) as caught:
        resolve(audiences["Active"], Surroundings(audiences=audiences), name="Active")

    (found,) = caught.value.diagnostics
    assert found.code == "E11"
    assert "Active → VIP → Big spenders → Active" in found.message


def test_a_rule_that_refers_to_itself_is_a_circle() -> None:
    assert codes('in audience "A"', Surroundings(audiences={"A": parse('in audience "A"')}), name="A") == ["E11"]


def test_references_go_eight_levels_deep_and_no_further() -> None:
    chain = {f"a{n}": parse(f'in audience "a{n + 1}"') for n in range(9)} | {"a9": parse("ltv > 1")}

    assert codes('in audience "a2"', Surroundings(audiences=chain)) == []
    assert codes('in audience "a1"', Surroundings(audiences=chain)) == ["E17"]


def test_computed_traits_come_from_the_rule_or_its_surroundings() -> None:
    given = Surroundings(computed={"orders": parse_metric("count of purchase in last 90 days")})

    assert codes("computed orders >= 3", given) == []
    assert codes("computed spent = sum(amount) of purchase; computed spent > 10") == []
    assert codes("computed order >= 3", given) == ["E31"]
    assert codes('computed orders contains "x"', given) == ["E34"]
    assert codes('computed orders = "x"', given) == ["E28"]


def test_a_reference_keeps_its_place() -> None:
    checked = resolve(parse("everyone and in audience x"), Surroundings(audiences={"x": DELETED}))

    assert isinstance(checked.condition, Group)
    reference = checked.condition.members[1]
    assert isinstance(reference, AudienceRef)
    assert reference.origin is not None


def test_references_too_deep_are_refused_in_whatever_order_they_are_met() -> None:
    chain = {f"a{n}": parse(f"in audience a{n + 1}") for n in range(399)} | {"a399": parse("ltv > 1")}
    given = Surroundings(audiences=chain)

    assert codes(" and ".join(f"in audience a{n}" for n in range(399, -1, -1)), given) == ["E17"]
    assert codes(" and ".join(f"in audience a{n}" for n in range(400)), given)[0] == "E17"
    assert codes("in audience a392 and in audience a391", given) == ["E17"]
    assert codes("in audience a391 and in audience a392", given) == ["E17"]
    assert codes("in audience a399 and in audience a392", given, name="own") == []


def test_a_rule_is_limited_with_its_references_written_out() -> None:
    hundred = " and ".join(f"ltv > {n}" for n in range(100))
    audiences = {"A": parse(hundred), "B": parse(" or ".join(["in audience A"] * 25))}

    assert codes("in audience B and in audience B", Surroundings(audiences=audiences)) == []
    with pytest.raises(RuleError) as caught:
        resolve(parse("ltv > 1 and (in audience B or in audience B)"), Surroundings(audiences=audiences))

    (found,) = caught.value.diagnostics
    assert found.code == "E17"
    assert "5,001 conditions; the limit is 5,000" in found.message


def test_computed_traits_count_with_their_conditions() -> None:
    inner = " and ".join(["amount > 1"] * 300)
    tests = " or ".join(["computed c > 1"] * 20)

    assert codes(f"computed c = count of buy where ({inner}); {tests}") == ["E17"]
    assert codes(f"computed c = count of buy where ({inner}); computed c > 1") == []


def test_problems_of_a_rule_and_of_its_audiences_are_told_together() -> None:
    audiences = {"A": parse("lifecycle is lost"), "B": parse('in audience A and email contains ""')}

    with pytest.raises(RuleError) as caught:
        resolve(parse("in audience B and in audience A and did login in last $d"), Surroundings(audiences=audiences))

    told = [(found.code, found.source) for found in caught.value.diagnostics]
    assert told == [
        ("E26", "in audience B and in audience A and did login in last $d"),
        ("E25", 'in audience A and email contains ""'),
        ("E31", "lifecycle is lost"),
    ]


def test_a_value_for_no_parameter_is_refused_of_a_named_rule_too() -> None:
    assert codes("plan is set", Surroundings(params={"pln": 1}), name="A") == ["E26"]


MANY = {f"known{at}": parse("a = 1") for at in range(2_000)}


@pytest.mark.parametrize(
    ("source", "around", "code"),
    [
        (f"a in ({'$x, ' * 200})", Surroundings(params={"x": list(range(10_000))}), "E17"),
        (f"created_at in ({'1, ' * 8_000})", Surroundings(), "E28"),
        (" or ".join(f"in audience a{at}" for at in range(500)), Surroundings(audiences=MANY), "E30"),
        ("a = 1", Surroundings(params={f"p{at}": 1 for at in range(4_000)}), "E26"),
    ],
    ids=["list of lists", "values of a wrong kind", "unknown audiences", "unused parameters"],
)
def test_what_is_wrong_very_often_is_refused_soon(source: str, around: Surroundings, code: str) -> None:
    rule = parse(source)

    def refuse() -> None:
        with pytest.raises(RuleError) as refused:
            resolve(rule, around)
        assert {found.code for found in refused.value.diagnostics} == {code}

    assert seconds(refuse) < 1


def test_a_list_of_long_lists_is_told_by_its_whole_length() -> None:
    with pytest.raises(RuleError, match="The list has 30,001 values"):
        resolve(parse("a in ($x, $x, 1, $x)"), Surroundings(params={"x": list(range(10_000))}))

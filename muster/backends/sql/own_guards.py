"""What somebody else's tables must hold for the answer of a query to be right, as queries that count what does not.

Kept apart from reading the tables. A guard looks at what its query reads, and at nothing else. It could go wrong by
looking at other rows than the query does.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from sqlglot import exp

from muster.backends.base import Check, Guard
from muster.backends.sql.comments import commented
from muster.backends.sql.logic import Leaf, all_of, render
from muster.backends.sql.names import Sql
from muster.backends.sql.own_reader import equal, table_of
from muster.backends.sql.own_words import FIRST_OF_CLOCKS, LAST_OF_CLOCKS, theirs
from muster.backends.sql.params import Parameters
from muster.backends.sql.places import Scope
from muster.compiler.messages import own_tables as say
from muster.compiler.own_tables import Column, Member, Source
from muster.compiler.values import path_text


def guards_of(tree: exp.Select, scope: Scope, read: frozenset[str] | None) -> tuple[Guard, ...]:
    """Give a query for each table whose rows may be other than the map says, as far as a query reads them."""
    own = scope.schema.own
    if own is None or own.unchecked:
        return ()
    used = frozenset(node.name for node in tree.find_all(exp.Identifier))
    sources = [each for each in own.events if read is None or each.constant is None or each.constant in read]
    if scope.schema.events.table not in used:
        sources = []
    people = [] if own.profiles is None or scope.schema.profiles.table not in used else [own.profiles]
    return tuple(filter(None, (_guard(each, used, scope, is_people=each in people) for each in (*sources, *people))))


def _guard(source: Source, used: frozenset[str], scope: Scope, *, is_people: bool) -> Guard | None:
    words, parameters = scope.dialect.own, Parameters(scope.dialect.parameter)
    counted: list[Sql] = []
    checks: list[Check] = []

    def check(number: Sql, must: str, tell: Callable[[int], str]) -> None:
        counted.append(commented(number, must))
        checks.append(Check(must, tell))

    where = ".".join(source.table)
    for held in dict.fromkeys(view.of for name, view in source.views.items() if name in used):
        match held:
            case Member(name, path, hows):
                flawed = scope.dialect.counted(words.flaw(held, parameters))
                place = f"{where}.{name}, {path_text(path)},"
                check(flawed, say.holds_only(place, hows), partial(say.other_values, place, hows))
            case Column(name, "local"):
                flawed = scope.dialect.counted(words.unknown_clocks(held, parameters))
                place, years = f"{where}.{name}", (FIRST_OF_CLOCKS.year, LAST_OF_CLOCKS.year)
                check(flawed, say.clocks_known(place, years), partial(say.clocks_unknown, place, years))
    if is_people and not source.never_null and source.latest is None and source.patches is None:
        key = source.views[scope.schema.profiles.key].of.name
        several = exp.Count(this=exp.Distinct(expressions=[theirs(key)]))
        more = exp.Sub(this=exp.Count(this=theirs(key)), expression=several)
        check(more, say.person_once(where), partial(say.people_twice, where))
    order = scope.schema.events.order
    if order is not None and order in used and order in source.views:
        missing = Leaf(lambda: exp.Is(this=theirs(source.views[order].of.name), expression=exp.Null()), total=True)
        place = f"{where}.{source.views[order].of.name}"
        check(scope.dialect.counted(render(missing)), say.order_there(place), partial(say.order_missing, place))
    if not counted:
        return None
    select = exp.Select(expressions=counted, from_=exp.From(this=table_of(source)))
    if source.only:
        select.set("where", exp.Where(this=render(all_of(*equal(source.only, parameters)))))
    write = scope.dialect.write
    return Guard(write(select), parameters.found, tuple(checks), lambda: write(select, pretty=True, spell=str))

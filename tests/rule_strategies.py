"""Hypothesis strategies for rules: every node and operator, hostile names and texts, nothing that no form can say.

`rules()`, `libraries()`, `conditions()`, `filters()` and the smaller ones they are made of. Operators and what they
take come from the registry, so that a new operator is generated without a change here. Everything generated is
structurally valid: text is in NFC and storable, `between` has two values, a sequence two to six steps.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from functools import cache
from typing import TypeVar
from unicodedata import normalize

from hypothesis import strategies as st

from muster.compiler.operators import EVENT_OPERATORS, FIELD_OPERATORS, METRIC_OPERATORS, PICK_OPERATORS
from muster.compiler.operators.spec import Accepts
from muster.compiler.rule import (
    ANYTHING,
    LIFECYCLE_MEASURES,
    LIFECYCLE_STAGES,
    PROFILE_FIELDS,
    AudienceRef,
    Condition,
    EventTest,
    Group,
    Library,
    Metric,
    MetricTest,
    Not,
    ParamDecl,
    Regularity,
    Rule,
    Sample,
    Sequence,
    StageEntered,
    Step,
    Subject,
    SubjectKind,
    Test,
    Window,
)
from muster.compiler.values import (
    CALENDAR_UNITS,
    MAX_DURATION_COUNT,
    UNITS,
    Ago,
    Boolean,
    Duration,
    DurationValue,
    FromNow,
    Literal_,
    Now,
    Number,
    Param,
    Path,
    Text,
    Time,
    TimeLiteral,
    Today,
    TraitRef,
    Value,
)
from muster.grammar.lark_parser import load_grammar

_OPERATORS = st.sampled_from(tuple(FIELD_OPERATORS.values()))
_FLAT_OPERATORS = st.sampled_from(tuple(op for op in FIELD_OPERATORS.values() if op.argument != "where"))
_EVENT_OPERATORS = st.sampled_from(tuple(EVENT_OPERATORS.values()))
_PICK_OPERATORS = st.sampled_from(tuple(PICK_OPERATORS.values()))
_METRIC_OPERATORS = st.sampled_from(tuple(METRIC_OPERATORS.values()))
_FIELDS = st.sampled_from(PROFILE_FIELDS)
_MEASURES = st.sampled_from(LIFECYCLE_MEASURES)
_CHANCE = st.integers(0, 9)
_TYPES = ("number", "string", "boolean", "datetime", "list")
_PICKS = ("first", "last")
_NUMBERS = ("sum", "avg", "min", "max", "distinct")
_CALENDAR_LENGTHS = ("d", "w", "mo", "q", "y")
# Every word of the grammar, and some that only look like one.
KEYWORDS = (
    *(word.lower() for word in re.findall(r"^K_(\w+)", load_grammar(), re.MULTILINE)),
    *(
        "sum",
        "avg",
        "min",
        "max",
        "distinct",
        "count",
        "day",
        "weeks",
        "d",
        "mo",
        "ignoring",
        "case",
        "NOT",
        "In",
        "once",
    ),
)
# What breaks quoting, templating, binding and eyesight: in names, values, salts and notes alike.
HOSTILE = (
    '"',
    "'",
    "`",
    "``",
    "\\",
    '\\"',
    "\\`",
    "\\u0041",
    "it's",
    "{p:String}",
    "%s",
    "%(p)s",
    ":x",
    "$name",
    "?",
    "; DROP TABLE events --",
    "/* */",
    "# not a note",
    "a.b",
    ".",
    " ",
    "  two  spaces ",
    "\t",
    "a\nb",
    "a\r\nb",
    "\u00e9",
    "\u6771\u4eac",
    "\U0001f600",
    "\U00010348",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467",
    "\u202eevil",
    "\u2028",
    "\ufeff",
    "\u0130",
    "\u017fize",
    "1abc",
    "2024-01-01",
    "30d",
    "-5",
    "1e3",
    "true",
    "null",
    "__proto__",
    "*",
    "/",
    "~0",
    "x" * 300,
)


T = TypeVar("T")


@cache
def _optional(some: st.SearchStrategy[T]) -> st.SearchStrategy[T | None]:
    return st.none() | some


# ---- names and values ----


@cache
def texts() -> st.SearchStrategy[str]:
    """Give any text that a value can hold: NFC, no NUL, no lone surrogate; often one that breaks something."""
    return _filled_texts() | st.just("")


@cache
def _filled_texts() -> st.SearchStrategy[str]:
    some = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=8)
    return (some | st.sampled_from(HOSTILE + KEYWORDS)).map(_nfc)


@cache
def names() -> st.SearchStrategy[str]:
    """Give a name that is not empty, often a keyword or one that needs quoting."""
    plain = st.sampled_from(
        ("plan", "seats", "tags", "email", "Plan", "last_seen", "first_seen", "days", "count", "sum")
    )
    return plain | _filled_texts()


@cache
def paths() -> st.SearchStrategy[Path]:
    """Give a path of one to three names; an empty key is a key too."""
    one = names().map(lambda name: (name,))
    return one | st.lists(names() | st.just(""), min_size=2, max_size=3).map(tuple) | st.just(("",))


@cache
def numbers() -> st.SearchStrategy[Number]:
    """Give a number that every engine holds exactly, often at the edge of what that is."""
    edge = Decimal(10) ** 18 - Decimal("1E-9")
    edges = st.sampled_from(
        (edge, -edge, Decimal("1E-9"), Decimal("-1E-9"), Decimal(0), Decimal("1E+3"), Decimal("2.50"))
    )
    some = st.decimals(min_value=-(10**12), max_value=10**12, places=9)
    return (st.integers(-9, 99).map(Decimal) | some | edges).map(Number)


@cache
def durations(units: tuple[str, ...] = UNITS) -> st.SearchStrategy[Duration]:
    """Give a length, of some units only if asked."""
    counts = st.integers(0, 99) | st.just(MAX_DURATION_COUNT)
    return st.builds(Duration, counts, st.sampled_from(units))


@cache
def params() -> st.SearchStrategy[Param]:
    """Give a reference to a constant or parameter."""
    return names().map(Param)


@cache
def lengths() -> st.SearchStrategy[DurationValue]:
    """Give a length or the parameter that stands for one."""
    return durations() | params()


@cache
def time_literals() -> st.SearchStrategy[TimeLiteral]:
    """Give a date or datetime as rules write them: with or without seconds, fractions and offset."""
    offsets = st.sampled_from(("", "Z", "+02:00", "-23:59"))
    seconds = st.sampled_from(("", ":00", ":59", ":59.9", ":59.999999"))
    days = st.dates().map(lambda day: day.isoformat())
    clock = st.times().map(lambda time: time.strftime("T%H:%M"))
    return (days | st.tuples(days, clock, seconds, offsets).map("".join)).map(TimeLiteral)


@cache
def times() -> st.SearchStrategy[Time]:
    """Give anything that names an instant or a day."""
    moving = st.builds(Ago, lengths()) | st.builds(FromNow, lengths())
    return time_literals() | st.builds(Today) | st.builds(Now) | moving


_BY_CLASS: dict[Accepts, Callable[[], st.SearchStrategy[Value]]] = {
    "str": lambda: texts().map(Text),
    "num": numbers,
    "bool": lambda: st.booleans().map(Boolean),
    "time": times,
    "trait": lambda: paths().map(TraitRef),
}


@cache
def literals() -> st.SearchStrategy[Literal_]:
    """Give what a `let` can hold."""
    return texts().map(Text) | numbers() | st.booleans().map(Boolean) | times() | durations()


# ---- tests of values ----


@cache
def _accepted(classes: frozenset[Accepts]) -> st.SearchStrategy[Value]:
    return st.one_of([_BY_CLASS[accepts]() for accepts in sorted(classes)] + [params()])


@cache
def _several(classes: frozenset[Accepts]) -> st.SearchStrategy[list[Value]]:
    return st.lists(_accepted(classes), max_size=4)


@cache
@st.composite
def operands(draw: st.DrawFn, name: str) -> tuple[Value | Duration | tuple[Value, ...] | None, bool]:
    """Give what an operator takes, and whether case is ignored."""
    operator = FIELD_OPERATORS[name]
    value: Value | Duration | tuple[Value, ...] | None
    match operator.argument:
        case "none" | "where":
            value = None
        case "value" | "time":
            value = draw(_accepted(operator.accepts))
        case "values":
            value = tuple(draw(_several(operator.accepts)))
        case "pair":
            one = _accepted(frozenset({draw(st.sampled_from(sorted(operator.accepts)))}))
            value = (draw(one), draw(one))
        case "duration":
            value = draw(lengths())
        case "type":
            value = Text(draw(st.sampled_from(_TYPES)))
    folds = operator.ignore_case and isinstance(value, Text) and draw(st.booleans())
    return value, folds


@cache
@st.composite
def subjects(draw: st.DrawFn, kinds: tuple[SubjectKind, ...]) -> Subject:
    """Give something to test, of some kinds."""
    kind = draw(st.sampled_from(kinds))
    match kind:
        case "profile":
            return Subject(kind=kind, path=(draw(_FIELDS),))
        case "lifecycle":
            return Subject(kind=kind, path=(draw(_MEASURES),))
        case "computed":
            return Subject(kind=kind, path=(draw(names()),))
        case _:
            return Subject(kind=kind, path=draw(paths()), size=draw(_CHANCE) == 0)


@cache
@st.composite
def tests(draw: st.DrawFn, kinds: tuple[SubjectKind, ...], inside: st.SearchStrategy[Condition]) -> Test:
    """Give a test of one field; `inside` makes the conditions on its elements."""
    subject = draw(subjects(kinds))
    operator = draw(_OPERATORS)
    if operator.argument == "where":
        plain = Subject(kind=subject.kind, path=subject.path)
        return Test(subject=plain, op=operator.name, where=draw(inside), note=draw(notes()))
    value, folds = draw(operands(operator.name))
    return Test(subject=subject, op=operator.name, value=value, ignore_case=folds, note=draw(notes()))


@cache
def stage_tests() -> st.SearchStrategy[Test]:
    """Give tests of the lifecycle stage, which have a short form in text."""
    stage = Subject(kind="profile", path=("lifecycle_stage",))
    one = st.sampled_from(LIFECYCLE_STAGES).map(Text) | texts().map(Text)
    many = st.lists(one, max_size=3).map(tuple)
    return (
        st.builds(Test, subject=st.just(stage), op=st.sampled_from(("eq", "neq")), value=one, note=notes())
        | st.builds(Test, subject=st.just(stage), op=st.sampled_from(("in", "not_in")), value=many)
        | st.builds(Test, subject=st.just(stage), op=st.sampled_from(("exists", "not_exists")))
    )


@cache
def filters() -> st.SearchStrategy[Condition]:
    """Give a condition on the properties of one event or element."""
    leaf = tests(("property",), _simple_filters())
    return _nested(leaf, 2)


@cache
@st.composite
def _simple_filters(draw: st.DrawFn) -> Condition:
    operator = draw(_FLAT_OPERATORS)
    value, folds = draw(operands(operator.name))
    subject = Subject(kind="property", path=draw(paths()))
    return Test(subject=subject, op=operator.name, value=value, ignore_case=folds, note=draw(notes()))


# ---- events ----


@cache
def events() -> st.SearchStrategy[tuple[str, ...]]:
    """Give one event, several, or any."""
    # An event called `*` is not any event.
    name = st.sampled_from(("purchase", "login", "Order Completed", "$page", "*")) | names()
    return name.map(lambda one: (one,)) | st.lists(name, min_size=1, max_size=3).map(tuple) | st.just(ANYTHING)


@cache
def windows() -> st.SearchStrategy[Window]:
    """Give a time window of any kind."""
    bound = times() | params()
    return (
        st.builds(Window, kind=st.sampled_from(("last", "older_than")), value=lengths())
        | st.builds(Window, kind=st.just("last_calendar"), value=durations(_CALENDAR_LENGTHS))
        | st.builds(Window, kind=st.sampled_from(("this", "previous")), value=st.sampled_from(CALENDAR_UNITS))
        | st.builds(Window, kind=st.just("between"), value=st.tuples(bound, bound))
        | st.builds(Window, kind=st.sampled_from(("before", "after", "on")), value=bound)
    )


@cache
def _counts() -> st.SearchStrategy[Value]:
    return st.integers(0, 999).map(lambda count: Number(Decimal(count))) | numbers() | params() | paths().map(TraitRef)


@cache
@st.composite
def regularities(draw: st.DrawFn) -> Regularity:
    """Give `at least 3 of the last 4 weeks` in all its forms."""
    calendar = draw(st.booleans())
    return Regularity(
        minimum=draw(st.integers(0, 9)),
        of=draw(st.integers(1, 99)),
        unit=draw(st.sampled_from(_CALENDAR_LENGTHS if calendar else UNITS)),
        calendar=calendar,
        count=draw(st.integers(1, 5)),
    )


@cache
def _event_argument(argument: str) -> st.SearchStrategy[object]:
    by_argument: dict[str, Callable[[], st.SearchStrategy[object]]] = {
        "none": st.none,
        "window": st.none,
        "duration": lengths,
        "number": _counts,
        "pair": lambda: st.tuples(_counts(), _counts()),
        "regularity": regularities,
    }
    return by_argument[argument]()


@cache
@st.composite
def event_tests(draw: st.DrawFn) -> EventTest:
    """Give a test of how often, or when, events happened."""
    operator = draw(_EVENT_OPERATORS)
    window = None
    if operator.window == "required" or (operator.window == "optional" and draw(st.booleans())):
        window = draw(windows())
    if operator.argument == "none" and window is not None and window.kind == "last":
        window = None  # that is spelled occurred_in_last
    return EventTest(
        events=draw(events()),
        op=operator.name,
        value=draw(_event_argument(operator.argument)),  # type: ignore[arg-type]  # the registry's names are plain strings
        where=draw(_optional(filters())),
        window=window,
        lookback=draw(_optional(lengths())) if operator.name == "stopped" else None,
        gap=draw(lengths()) if operator.name == "resumed" else None,
        note=draw(notes()),
    )


@cache
@st.composite
def metrics(draw: st.DrawFn, aggs: tuple[str, ...] = ("count", *_NUMBERS, *_PICKS)) -> Metric:
    """Give a number or value drawn from events."""
    agg = draw(st.sampled_from(aggs))
    return Metric(
        events=draw(events()),
        agg=agg,  # type: ignore[arg-type]  # the registry's names are plain strings
        property=None if agg == "count" else draw(paths()),
        where=draw(_optional(filters())),
        window=draw(_optional(windows())),
    )


@cache
@st.composite
def metric_tests(draw: st.DrawFn) -> MetricTest:
    """Give a test of a number or value drawn from events."""
    metric = draw(metrics((*_NUMBERS, *_PICKS)))
    operator = draw(_PICK_OPERATORS if metric.agg in _PICKS else _METRIC_OPERATORS)
    value, folds = draw(operands(operator.name))
    assert not isinstance(value, Duration)
    return MetricTest(metric=metric, op=operator.name, value=value, ignore_case=folds, note=draw(notes()))


@cache
@st.composite
def sequences(draw: st.DrawFn) -> Sequence:
    """Give two to six steps; the last may be negated."""
    count = draw(st.integers(2, 6))
    first = Step(events=draw(events()), where=draw(_optional(filters())))
    later = [
        Step(
            events=draw(events()),
            where=draw(_optional(filters())),
            within=draw(_optional(lengths())),
            same=draw(_optional(paths())),
            negate=at == count - 1 and draw(st.booleans()),
        )
        for at in range(1, count)
    ]
    return Sequence(steps=(first, *later), window=draw(_optional(windows())), note=draw(notes()))


# ---- whole rules ----


@cache
def notes() -> st.SearchStrategy[str | None]:
    """Give no note, mostly."""
    some = st.sampled_from(("why", "two\nlines", "", " # x", "ends in a return\r", "\u6771\u4eac")) | texts()
    return st.one_of([st.none()] * 15 + [some])


@cache
def leaves() -> st.SearchStrategy[Condition]:
    """Give a condition without `and`, `or` and `not` around it."""
    return st.one_of(
        tests(("trait", "computed", "profile", "lifecycle"), filters()),
        stage_tests(),
        event_tests(),
        event_tests(),  # they have the most forms
        metric_tests(),
        sequences(),
        st.builds(AudienceRef, name=names(), note=notes()),
        st.builds(Sample, salt=texts(), percent=st.integers(0, 1000).map(lambda tenths: Decimal(tenths) / 10)),
        st.builds(StageEntered, stage=st.sampled_from(LIFECYCLE_STAGES) | names(), within=lengths(), note=notes()),
    )


@cache
def conditions(depth: int = 3) -> st.SearchStrategy[Condition]:
    """Give any condition: leaves under groups of every kind and size, negations and notes."""
    return _nested(leaves(), depth)


@cache
def _nested(leaf: st.SearchStrategy[Condition], depth: int) -> st.SearchStrategy[Condition]:
    # Nested by hand: st.recursive throws away what grows beyond its limit, which is most of it here.
    return leaf if depth == 0 else st.one_of(leaf, leaf, _logic(_nested(leaf, depth - 1)))


@cache
def _logic(inner: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    group = st.builds(
        Group,
        op=st.sampled_from(("all", "any", "none")),
        members=st.lists(inner, max_size=3).map(tuple),
        note=notes(),
    )
    return group | st.builds(Not, member=inner, note=notes())


@cache
@st.composite
def _declared(draw: st.DrawFn) -> tuple[tuple[tuple[str, Literal_], ...], tuple[ParamDecl, ...]]:
    found = draw(st.lists(names(), max_size=4, unique=True))
    half = draw(st.integers(0, len(found)))
    constants = tuple((name, draw(literals())) for name in found[:half])
    return constants, tuple(draw(_param(name)) for name in found[half:])


@cache
@st.composite
def _param(draw: st.DrawFn, name: str) -> ParamDecl:
    defaults: dict[str, st.SearchStrategy[Literal_ | None]] = {
        "number": numbers(),
        "string": texts().map(Text),
        "boolean": st.booleans().map(Boolean),
        "datetime": times(),
        "duration": durations(),
        "list": st.none(),
    }
    kind = draw(st.sampled_from(sorted(defaults)))
    return ParamDecl(name=name, type=kind, default=draw(st.none() | defaults[kind]))  # type: ignore[arg-type]  # the registry's names are plain strings


@cache
def _computed() -> st.SearchStrategy[tuple[tuple[str, Metric], ...]]:
    named = st.tuples(names(), metrics())
    return st.lists(named, max_size=2, unique_by=lambda pair: pair[0]).map(tuple)


@cache
@st.composite
def rules(draw: st.DrawFn, depth: int = 3) -> Rule:
    """Give any rule that text and JSON can say."""
    let, declared = draw(_declared()) if draw(st.booleans()) else ((), ())
    computed = draw(_computed()) if draw(st.booleans()) else ()
    return Rule(condition=draw(conditions(depth)), let=let, params=declared, computed=computed)


@cache
@st.composite
def libraries(draw: st.DrawFn) -> Library:
    """Give a file of one to three named audiences."""
    let, declared = draw(_declared())
    titles = draw(st.lists(names(), min_size=1, max_size=3, unique=True))
    audiences = tuple((title, draw(conditions(2))) for title in titles)
    return Library(audiences=audiences, let=let, params=declared, computed=draw(_computed()))


def _nfc(text: str) -> str:
    return normalize("NFC", text)

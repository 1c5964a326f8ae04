"""Why a parser stopped: the habits and slips that people bring from elsewhere, each told with what would work.

Apart from the search for all problems (`syntax_errors`), which knows no cause. Each function looks at one kind of slip
and gives a finding or None; `CAUSES` is their order, the special before the general. What could go wrong: a cause that
claims a place which another knows better, or a fix that does not parse; both are tested by examples.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import takewhile

from muster.compiler.diagnostics import Span
from muster.compiler.messages import unexpected as say
from muster.compiler.messages.expected import phrases
from muster.compiler.rule import LIFECYCLE_STAGES
from muster.compiler.spelling import closest
from muster.grammar.clause_causes import CLAUSE_CAUSES
from muster.grammar.literal_causes import LITERAL_CAUSES
from muster.grammar.situation import Finding, Lexeme, Situation

Cause = Callable[[Situation], Finding | None]

_RESERVED = ("and", "or", "not", "then", "where")
_NUMBER_WORDS = {
    word: str(number)
    for number, word in enumerate(
        ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
    )
}
_TIMES_WORDS = {"once": "1", "twice": "2", "thrice": "3"}
_UNITS = ("seconds", "minutes", "hours", "days", "weeks", "months", "quarters", "years")
_SHORT_UNITS = {
    **dict.fromkeys(("s", "sec", "secs"), "seconds"),
    **dict.fromkeys(("min", "mins"), "minutes"),
    **dict.fromkeys(("h", "hr", "hrs"), "hours"),
    "d": "days",
    **dict.fromkeys(("w", "wk", "wks"), "weeks"),
    **dict.fromkeys(("mo", "mos", "mth"), "months"),
    "q": "quarters",
    **dict.fromkeys(("y", "yr", "yrs"), "years"),
}
_OTHER_OPERATORS = {
    ("<", ">"): "!=",
    ("=", ">"): ">=",
    ("=", "<"): "<=",
    ("~", "="): "!=",
    ("!=", "="): "!=",
    ("&", "&"): "and",
    ("|", "|"): "or",
}
_OTHER_MARKS = {"&": "and", "|": "or", "!": "not"}
_MIRRORED = {"=": "=", "!=": "!=", "<": ">", ">": "<", "<=": ">=", ">=": "<="}
_BEFORE_LIST = ("in", "of")
_FILTER_LENGTH = 40
_MOST_FILTERS = 3


def double_equals(here: Situation) -> Finding | None:
    """Find `==`."""
    if here.at.text != "=" or here.previous.text != "=" or here.previous.end != here.at.start:
        return None
    extra = takewhile(lambda lexeme: lexeme.text == "=", (here.at, *here.after))
    return Finding.fixed(say.double_equals(Span(here.at.start, max(lexeme.end for lexeme in extra))))


def other_operator(here: Situation) -> Finding | None:
    """Find `<>`, `=>`, `&&` and others of other languages."""
    for first, second in ((here.previous, here.at), (here.at, here.following)):
        meant = _OTHER_OPERATORS.get((first.text, second.text))
        if meant and first.end == second.start:
            return _written(first.text + second.text, meant, Span(first.start, second.end), here)
    meant = _OTHER_MARKS.get(here.at.text)
    if meant is None or not here.helps(here.at.span, f" {meant} "):
        return None
    return _written(here.at.text, meant, here.at.span, here)


def _written(found: str, meant: str, span: Span, here: Situation) -> Finding:
    left = " " if meant.isalpha() and here.text[span.start - 1 : span.start].isalnum() else ""
    right = " " if meant.isalpha() and not here.text[span.end : span.end + 1].isspace() else ""
    return Finding.fixed(say.other_spelling(found, meant, f"{left}{meant}{right}", span))


def unquoted_value(here: Situation) -> Finding | None:
    """Find `plan = pro`, `plan = Pro Plus` and `seats = 3x`."""
    if here.at.kind != "word":
        return None
    if here.previous.kind == "number" and here.previous.end == here.at.start:
        glued = Span(here.previous.start, here.at.end)
        if "UNIT" in here.accepts and here.helps(glued, '""'):
            return Finding.fixed(say.unquoted_value(here.text[glued.start : glued.end], glued))
        return None
    if not here.wants_value or here.at.lower in _RESERVED:
        return None
    words = [here.at, *takewhile(_is_plain_word, here.after)]
    ends = [here.at.end, words[-1].end]
    spans = [Span(here.at.start, end) for end in ends]
    span = max(spans, key=lambda one: here.reach(here.replaced(one, '""')) - (2 - (one.end - one.start)))
    word = here.text[span.start : span.end]
    return Finding.fixed(say.unquoted_value(word.strip("`"), span))


def _is_plain_word(lexeme: Lexeme) -> bool:
    return lexeme.kind == "word" and lexeme.lower not in (*_RESERVED, "ignoring", "times")


def bare_count(here: Situation) -> Finding | None:
    """Find `did purchase 3 times` and `did purchase once`."""
    if "K_EXACTLY" not in here.accepts:
        return None
    word, following = here.at.lower, here.following
    times = following.lower in ("times", "time", "x")
    if word in _TIMES_WORDS:
        return Finding.fixed(say.bare_count(_TIMES_WORDS[word], here.at.span))
    digits = here.at.text if here.at.kind == "number" else _NUMBER_WORDS.get(word) if times else None
    if digits is None or not digits.replace("_", "").isdigit():
        return None
    return Finding.fixed(say.bare_count(digits, Span(here.at.start, following.end if times else here.at.end)))


def bare_where(here: Situation) -> Finding | None:
    """Find `where amount > 100` without parentheses, and where it would end."""
    if here.previous.lower != "where" or "LPAR" not in here.accepts or here.at.kind == "end":
        return None
    ends = [lexeme.end for lexeme in (here.at, *here.after)[:_FILTER_LENGTH]]
    filters = [here.text[here.at.start : end] for end in ends]
    readable = [text for text in filters if "\n" not in text and _reads_as_filter(text, here)]
    if not readable:
        return Finding(say.bare_where(None, (), here.at.span), None)
    spans = [Span(here.at.start, here.at.start + len(text)) for text in readable]
    reached = [here.reach(here.replaced(span, f"({text})")) for span, text in zip(spans, readable, strict=True)]
    best = [at for at, far in enumerate(reached) if far == max(reached)][:_MOST_FILTERS]
    mended = [here.replaced(spans[at], f"({readable[at]})") for at in best]
    fix = f"({readable[best[0]]})"
    return Finding(say.bare_where(fix if len(best) == 1 else None, mended, spans[best[0]]), fix)


def _reads_as_filter(text: str, here: Situation) -> bool:
    trial = f"did x where ({text})"
    return here.reach(trial) > len(trial)


def ambiguous_unit(here: Situation) -> Finding | None:
    """Find `5m`."""
    if here.at.lower != "m" or here.previous.kind != "number" or "UNIT" not in here.accepts:
        return None
    span = Span(here.previous.start, here.at.end)
    repairs = (f"{here.previous.text}min", "0")
    repair = next((repair for repair in repairs if here.helps(span, repair)), None)
    mended = [here.replaced(span, f"{here.previous.text}{unit}") for unit in ("min", "mo")]
    return Finding(say.ambiguous_unit(here.previous.text, mended, span), repair)


def other_unit(here: Situation) -> Finding | None:
    """Find `30 dyas` and `30 min`."""
    if "UNIT" not in here.accepts or here.at.kind != "word" or here.previous.kind != "number":
        return None
    meant = _SHORT_UNITS.get(here.at.lower) or next(iter(closest(here.at.lower, _UNITS)), None)
    if meant is None or not here.helps(here.at.span, f" {meant}"):
        return None
    gap = "" if here.previous.end < here.at.start else " "
    diagnostic = say.misspelled(here.at.text, (meant,), here.at.span, certain=not gap)
    return Finding(diagnostic, gap + meant)


def null(here: Situation) -> Finding | None:
    """Find `plan = null`."""
    if here.at.lower not in ("null", "none", "nil", "undefined") or not here.wants_value:
        return None
    operators = takewhile(lambda lexeme: lexeme.text in ("=", "!=") or lexeme.lower in ("is", "not"), here.before[::-1])
    operator = [lexeme.lower for lexeme in operators]
    if not operator:
        return None
    names = list(takewhile(_in_path, here.before[-len(operator) - 1 :: -1]))
    negative = "!=" in operator or "not" in operator
    if not names:
        return Finding(say.null(None, (), here.at.span, negative=negative), '""')
    subject = here.text[names[-1].start : names[0].end]
    compared = Span(names[-1].start, here.at.end)
    mended = here.replaced(compared, f"{subject} {'is set' if negative else 'is not set'}")
    return Finding(say.null(subject, (mended,), here.at.span, negative=negative), '""')


def _in_path(lexeme: Lexeme) -> bool:
    return (lexeme.kind == "word" and lexeme.lower not in _RESERVED) or lexeme.text == "."


def list_needed(here: Situation) -> Finding | None:
    """Find `country in "US"` and `has any of "beta"`."""
    if here.previous.lower not in _BEFORE_LIST or "LPAR" not in here.accepts:
        return None
    if here.at.kind == "word" and here.following.kind not in ("number", "param") and here.at.lower not in _RESERVED:
        return Finding.fixed(say.list_needed(f'"{here.at.text}"', here.at.span))
    if here.at.kind not in ("string", "number", "param"):
        return None
    last = here.at
    for comma, value in zip(here.after[::2], here.after[1::2], strict=False):
        if comma.text != "," or value.kind not in ("string", "number", "param"):
            break
        last = value
    span = Span(here.at.start, last.end)
    return Finding.fixed(say.list_needed(here.text[span.start : span.end], span))


def stage_test(here: Situation) -> Finding | None:
    """Find `lifecycle = "churned"`."""
    if here.previous.lower != "lifecycle" or here.at.text != "=":
        return None
    stage = here.following.text.strip("\"'`")
    if here.following.kind not in ("string", "word") or stage not in LIFECYCLE_STAGES:
        return None
    return Finding.fixed(say.stage_test(stage, Span(here.at.start, here.following.end)))


def reserved_word(here: Situation) -> Finding | None:
    """Find a keyword that is meant as a name: the one here, or the one before."""
    here_and_before = []
    if here.at.lower in _RESERVED and "NAME" in here.accepts:
        here_and_before.append(here.at)
    if here.previous.kind == "word" and not here.previous.text.startswith("`") and here.at.kind != "end":
        here_and_before.append(here.previous)
    for lexeme in here_and_before:
        if here.helps(lexeme.span, f"`{lexeme.text}`"):
            return Finding.fixed(say.reserved_word(lexeme.text, lexeme.span))
    return None


def value_first(here: Situation) -> Finding | None:
    """Find `1 = plan`."""
    names = list(takewhile(_in_path, here.after[1:]))
    if here.at.kind not in ("number", "string") or "NAME" not in here.accepts or not names:
        return None
    operator = here.following.text
    if operator not in _MIRRORED:
        return None
    span = Span(here.at.start, names[-1].end)
    name = here.text[names[0].start : names[-1].end]
    swapped = f"{name} {_MIRRORED[operator]} {here.at.text}"
    return Finding.fixed(say.value_first(here.at.text, swapped, span)) if here.helps(span, swapped) else None


def number_word(here: Situation) -> Finding | None:
    """Find `at least three times`."""
    digits = _NUMBER_WORDS.get(here.at.lower)
    if digits is None or "NUMERAL" not in here.accepts or here.wants_value:
        return None
    return Finding.fixed(say.digits_needed(digits, here.at.span))


# Contractions without their apostrophe.
_NEGATIVES = dict.fromkeys(("isnt", "aint", "arent", "wasnt", "werent"), "is not") | {"didnt": "did not"}


def misspelled(here: Situation) -> Finding | None:
    """Find a word that is nearly one that could stand here, or two of them run together."""
    if here.at.kind != "word" or here.at.text.startswith("`"):
        return None
    words = [terminal.removeprefix("K_").lower() for terminal in here.accepts if terminal.startswith("K_")]
    split = [f"{word} {here.at.lower.removeprefix(word)}" for word in words if here.at.lower.startswith(word)]
    candidates = [*(phrase for phrase in split if not phrase.endswith(" ")), *closest(here.at.lower, words)]
    if here.at.lower in _NEGATIVES:  # the nearest word would say the opposite
        candidates = [_NEGATIVES[here.at.lower]]
    meant = [word for word in candidates if here.helps(here.at.span, word)]
    if not meant:
        return None
    diagnostic = say.misspelled(here.at.text, meant, here.at.span, certain=len(meant) == 1)
    return Finding(diagnostic, meant[0])


def never_opened(here: Situation) -> Finding | None:
    """Find a closing parenthesis without its partner."""
    depth = sum((lexeme.text == "(") - (lexeme.text == ")") for lexeme in here.before)
    return Finding.fixed(say.never_opened(here.at.span)) if here.at.text == ")" and depth <= 0 else None


def comma_needed(here: Situation) -> Finding | None:
    """Find two members of a list with nothing between them."""
    place = Span(here.previous.end, here.previous.end)
    if "COMMA" not in here.accepts or here.at.kind == "end" or not here.helps(place, ","):
        return None
    return Finding.fixed(say.comma_needed(place))


def joining_word_needed(here: Situation) -> Finding | None:
    """Find two conditions with nothing between them."""
    place = Span(here.previous.end, here.previous.end)
    if "K_AND" not in here.accepts or here.at.kind == "end" or not here.helps(place, " and "):
        return None
    return Finding(say.joining_word_needed(here.at.text, here.at.span), f" and {here.at.text}")


def unfinished(here: Situation) -> Finding | None:
    """Find a text that ends in the middle."""
    if here.at.kind != "end":
        return None
    if not here.before:
        return Finding(say.empty(phrases(here.accepts), here.at.span), None)
    opened = _open_parentheses(here.before)
    if opened and "RPAR" in here.accepts:
        whole = here.reach(here.replaced(here.at.span, ")" * len(opened))) > len(here.text) + len(opened)
        return Finding.fixed(
            say.unclosed(
                _line_and_column(here.text, opened[-1].start), here.at.span, ")" * len(opened) if whole else None
            )
        )
    expected = phrases(here.accepts)
    fix = ";" if here.accepts == {"SEMICOLON"} or expected == ('";"',) else None
    return Finding.fixed(say.unfinished(here.previous.text, expected, here.at.span, fix))


def _open_parentheses(lexemes: tuple[Lexeme, ...]) -> list[Lexeme]:
    opened: list[Lexeme] = []
    for lexeme in lexemes:
        if lexeme.text == "(":
            opened.append(lexeme)
        elif lexeme.text == ")" and opened:
            opened.pop()
    return opened


def _line_and_column(text: str, at: int) -> str:
    column = f"column {at - text.rfind(chr(10), 0, at)}"
    return column if "\n" not in text else f"line {text.count(chr(10), 0, at) + 1}, {column}"


def anything_else(here: Situation) -> Finding:
    """Say what was found and what could have stood there."""
    return Finding(say.unexpected(here.at.text, phrases(here.accepts), here.at.span), None)


CAUSES: tuple[Cause, ...] = (
    *LITERAL_CAUSES,
    double_equals,
    other_operator,
    null,
    ambiguous_unit,
    *CLAUSE_CAUSES,
    bare_count,
    other_unit,
    bare_where,
    list_needed,
    stage_test,
    number_word,
    unquoted_value,
    reserved_word,
    value_first,
    misspelled,
    never_opened,
    comma_needed,
    joining_word_needed,
    unfinished,
)


def cause_of(here: Situation) -> Finding:
    """Give the first cause that knows a situation."""
    for cause in CAUSES:
        finding = cause(here)
        if finding is not None:
            return finding
    return anything_else(here)

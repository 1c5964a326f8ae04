"""The audiences that are measured: twelve of the kinds that people ask for, and many drawn by a seed.

Kept apart from how they are measured. It could go wrong by a draw that is not the same again, so every draw is from
one generator of random numbers.
"""

from __future__ import annotations

from random import Random

from benchmarks.trees import Did, Not, Then, Trait, Tree, Weekly, both, either

_PRO = Trait("plan", "=", ("pro",))
_DOCUMENTED = both(_PRO, Did("feature_used", 30), Trait("country", "in", ("US", "CA")))
_BIG_SPENDER = Did("purchase", 90, category="electronics", spent_over=200)

TWELVE: dict[str, Tree] = {
    "01 a trait": _PRO,
    "02 three traits": both(
        Trait("country", "in", ("US", "CA")), Trait("ltv", ">", (200,)), Not(Trait("plan", "=", ("free",)))
    ),
    "03 did, 30 days": Did("feature_used", 30),
    "04 traits and did": _DOCUMENTED,
    "05 three times, 90 days": Did("purchase", 90, at_least=3),
    "06 a trait and did not": both(Trait("plan", "in", ("pro", "growth")), Not(Did("signin", 30))),
    "07 sum of a category": _BIG_SPENDER,
    "08 nested, six leaves": either(
        both(_PRO, either(Did("purchase", 30), Trait("ltv", ">", (500,)))),
        both(
            Trait("country", "=", ("DE",)),
            Not(Did("refund_requested", 90)),
            Did("feature_used", 60, at_least=5),
        ),
    ),
    "09 then, within 7 days": Then("cart_added", "purchase", 7, 90),
    "10 three of four weeks": Weekly("session_started", 4, 3),
    "11 neither of two": both(
        Trait("signup", ">=", ("2026-04-01",)),
        Not(either(Did("email_opened", 60), Did("page_viewed", 60, url_prefix="/pricing"))),
    ),
    "12 audiences in one": both(_DOCUMENTED, Not(_BIG_SPENDER), Not(Trait("tags", "has", ("vip",)))),
}

_EVENTS = (
    "feature_used", "signin", "purchase", "cart_added", "checkout_started", "email_opened", "session_started",
    "invite_sent", "refund_requested", "subscription_cancelled", "support_ticket", "search_performed", "item_viewed",
    "page_viewed",
)  # fmt: skip
_TRAITS = (
    _PRO,
    Trait("plan", "=", ("free",)),
    Trait("plan", "in", ("growth", "enterprise")),
    Trait("country", "=", ("US",)),
    Trait("country", "in", ("DE", "FR")),
    Trait("ltv", ">", (100,)),
    Trait("ltv", ">", (300,)),
    Trait("signup", ">=", ("2026-05-01",)),
    Trait("signin_count", ">", (30,)),
    Trait("tags", "has", ("vip",)),
)
_SUM_SHARE, _NOT_SHARE, _OR_SHARE = 0.3, 0.2, 0.4


def draw(count: int, seed: int) -> list[Tree]:
    """Draw audiences of one to three tests of events and none to two of traits, some negated, some nested."""
    random = Random(seed)  # noqa: S311 (nothing secret)
    found: list[Tree] = []
    for _ in range(count):
        events: list[Tree] = [_draw_event(random) for _ in range(random.choice((1, 2, 3)))]
        traits: list[Tree] = [random.choice(_TRAITS) for _ in range(random.choice((0, 1, 1, 2)))]
        first, *others = traits + events
        others = [Not(each) if random.random() < _NOT_SHARE else each for each in others]
        if len(others) > 1 and random.random() < _OR_SHARE:
            found.append(both(first, either(*others)))
        else:
            found.append(both(first, *others) if others else first)
    return found


def _draw_event(random: Random) -> Did:
    event, days = random.choice(_EVENTS), random.choice((7, 14, 30, 60, 90))
    if event in {"purchase", "cart_added"} and random.random() < _SUM_SHARE:
        return Did(event, days, spent_over=random.choice((50, 100, 200)))
    return Did(event, days, at_least=random.choice((1, 1, 1, 3, 5)))

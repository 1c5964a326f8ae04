"""Generated people and events of a shop that sells software, as the messages that SDKs would have sent.

Looks like real data where rules trip over it: activity by a power law, people who never did anything, anonymous
visitors some of whom sign in, numbers sent as text, nulls, lists, addresses, items with several fields. The same
seed gives the same messages, whatever the clock.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

from muster.backends.base import Json

DEMO_AS_OF = "2024-06-15T12:00:00+00:00"
_DAYS = 180
_COUNTRIES = ("US", "US", "US", "CA", "DE", "FR", "GB", "IN", "JP", "BR")
_CITIES = {"US": "Portland", "CA": "Montréal", "DE": "München", "FR": "Lyon", "GB": "Leeds"}
_PLANS = ("free", "free", "free", "free", "growth", "pro", "pro")
_CATEGORIES = ("books", "toys", "electronics", "garden")
_PRODUCTS = 40

Message = dict[str, Json]


def demo_audiences() -> Mapping[str, str]:
    """Give the audiences of the demo by name, as text; later ones refer to earlier ones."""
    return {
        "Active Pro in US or CA": (
            'plan = "pro" and did feature_used in last 30 days and (country = "US" or country = "CA")'
        ),
        "Not on the free plan": 'plan != "free"',
        "Three EUR purchases over 50 in 90 days": (
            'did purchase where (amount > 50 and currency = "EUR") at least 3 times in last 90 days'
        ),
        "Spent 500 in 90 days": "sum(amount) of purchase in last 90 days >= 500",
        "New this week, invited nobody": "did signup for the first time in last 7 days and did not invite_sent",
        "Abandoned checkout": "did checkout_started in last 7 days then not purchase within 24 hours",
        "Habitual": "did login in at least 3 of the last 4 weeks",
        "Stopped logging in": "stopped login for 30 days looking back 90 days",
        "Beta users outside Acme": 'tags has "beta" and email does not end with "@acme.com"',
        "Bought two of one thing": "any purchased where (quantity >= 2 and price < 100)",
        "Big spenders who stopped": 'in audience "Spent 500 in 90 days" and in audience "Stopped logging in"',
    }


def generate(people: int, seed: int, as_of: str = DEMO_AS_OF) -> Iterator[Message]:
    """Yield the messages of so many people up to `as_of`, person by person, in order of time within a person."""
    now = datetime.fromisoformat(as_of)
    for number in range(people):
        # A generator of its own for each person: more people never change the first ones.
        yield from _Person(number, Random(f"{seed}/{number}"), now).messages()  # noqa: S311 (not for secrets)


@dataclass(slots=True)
class _Person:
    number: int
    random: Random
    now: datetime
    sent: int = 0

    def messages(self) -> Iterator[Message]:
        """Yield everything that one person did."""
        random = self.random
        joined = self.now - timedelta(seconds=random.randrange(3600, _DAYS * 86_400))
        is_user = self._chance(0.88)
        came_anonymously = not is_user or self._chance(0.3)
        visit = joined
        if came_anonymously:
            visit = joined - timedelta(minutes=random.randrange(1, 600))
            yield self._message("page", visit, anonymous=True, name="Pricing", properties={"path": "/pricing"})
        if not is_user:
            return
        yield self._message("identify", joined, anonymous=came_anonymously, user=True, traits=self._traits())
        yield self._track("signup", joined, {"source": random.choice(("ads", "search", "friend", None))})
        yield from self._activity(joined)

    def _traits(self) -> dict[str, Json]:
        random = self.random
        country = random.choice(_COUNTRIES)
        traits: dict[str, Json] = {
            "email": f"user{self.number}@{random.choice(('example.com', 'acme.com', 'mail.test'))}",
            "plan": random.choice(_PLANS),
            "country": country,
            "seats": random.choice((1, 1, 3, 12, "25", None)),  # one SDK sends numbers as text
            "newsletter": self._chance(0.4),
        }
        if self._chance(0.7):
            traits["ltv"] = round(random.paretovariate(1.2) * 40, 2)
        if self._chance(0.5):
            traits["tags"] = random.sample(("beta", "vip", "reseller", "student"), random.randrange(0, 3))
        if country in _CITIES:
            traits["address"] = {"city": _CITIES[country], "country": country}
        if self._chance(0.2):
            traits["trial_ends"] = (self.now + timedelta(days=random.randrange(-30, 14))).date().isoformat()
        return traits

    def _activity(self, joined: datetime) -> Iterator[Message]:
        random = self.random
        sessions = min(120, int(random.paretovariate(0.8))) if self._chance(0.85) else 0
        # Four in ten leave at some time and do not come back.
        until = self.now if self._chance(0.6) else joined + (self.now - joined) * random.random()
        span = (until - joined).total_seconds()
        for start in sorted(joined + timedelta(seconds=random.random() * span) for _ in range(sessions)):
            yield from self._session(start)

    def _session(self, start: datetime) -> Iterator[Message]:
        random = self.random
        yield self._track("login", start, {"method": random.choice(("password", "sso"))})
        for minute in range(1, random.randrange(1, 5)):
            name = random.choice(("report", "export", "search"))
            yield self._track("feature_used", start + timedelta(minutes=minute), {"feature": name})
        if self._chance(0.05):
            yield self._track("invite_sent", start + timedelta(minutes=6), {"role": "editor"})
        if self._chance(0.3):
            yield from self._checkout(start + timedelta(minutes=8))

    def _checkout(self, start: datetime) -> Iterator[Message]:
        random = self.random
        items = [self._item() for _ in range(random.randrange(1, 4))]
        yield self._track("checkout_started", start, {"items": items})
        if self._chance(0.6):
            amount = round(sum(item["price"] * item["quantity"] for item in items), 2)
            properties = {
                "items": items,
                "amount": amount if self._chance(0.9) else str(amount),
                "currency": random.choice(("EUR", "USD")),
                "category": items[0]["category"],
            }
            yield self._track("purchase", start + timedelta(minutes=2), properties)
            yield self._message("identify", start + timedelta(minutes=2), user=True, traits={"purchased": items})
            if self._chance(0.06):
                yield self._track("refund", start + timedelta(days=2), {"amount": amount})

    def _item(self) -> dict[str, Json]:
        number = self.random.randrange(_PRODUCTS)
        return {
            "sku": f"SKU-{number:02}",
            "category": _CATEGORIES[number % len(_CATEGORIES)],
            "price": round(5 + number * 7.35, 2),
            "quantity": self.random.choice((1, 1, 1, 2, 3)),
        }

    def _chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def _track(self, event: str, at: datetime, properties: dict[str, Json]) -> Message:
        return self._message("track", at, user=True, event=event, properties=properties)

    def _message(
        self, kind: str, at: datetime, *, user: bool = False, anonymous: bool = False, **content: Json
    ) -> Message:
        self.sent += 1
        identity: Message = {}
        if user:
            identity["userId"] = f"u{self.number}"
        if anonymous:
            identity["anonymousId"] = f"anon-{self.number}"
        return {
            "type": kind,
            **identity,
            "messageId": f"{self.number}-{self.sent}",
            "timestamp": at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            **content,
        }

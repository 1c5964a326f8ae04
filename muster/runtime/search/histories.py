"""Events that are made to meet a test of events or to miss it: as many as it counts, when and as it asks for.

Kept apart from documents, of which each event has one. A change is one step of many kinds, chosen at random: events
are added inside and outside windows, taken away, moved, or put in order. It could go wrong by making more events
than can be judged soon, so numbers end at MOST.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from random import Random

from muster.backends.base import EventRow, Json
from muster.backends.memory.evaluate import Scene, drawn
from muster.backends.memory.metrics import is_named
from muster.compiler.expr import (
    Distinct,
    EventMetric,
    Events,
    Expr,
    Field,
    Periods,
    Pick,
    Reduce,
    SequenceMatch,
    SequenceStep,
    TimeWindow,
)
from muster.compiler.moments import bind_moment, clamp, period_bounds
from muster.runtime.search.aims import MOST, whole_numbers
from muster.runtime.search.documents import Documents, placed
from muster.runtime.search.near import chance

History = tuple[EventRow, ...]


@dataclass(frozen=True, slots=True)
class Histories:
    """Changes the events of a person."""

    documents: Documents

    @property
    def _random(self) -> Random:
        return self.documents.random

    def changed_for_metric(self, metric: EventMetric, scene: Scene) -> History:
        """Change events so that a metric may come out otherwise."""
        counting = drawn(metric, scene).events
        match self._random.randrange(8):
            case 0:
                return (*scene.events, self._event(metric.events, metric.where, self._when(metric.window), scene))
            case 1 if counting:
                return _without(scene.events, (self._random.choice(counting),))
            case 2:
                return _without(scene.events, tuple(each for each in scene.events if is_named(each, metric.events)))
            case 3 if counting:
                return self._moved(scene.events, self._random.choice(counting))
            case 4 if counting:
                return self._altered(metric, scene, self._random.choice(counting))
            case 5:
                at = self._random.choice(self.documents.aims.instants)
                return (*scene.events, self._event(metric.events, metric.where, at, scene))
            case _:
                return (*_without(scene.events, counting), *self._as_many(metric, scene))

    def changed_for_sequence(self, sequence: SequenceMatch, scene: Scene) -> History:
        """Change events so that a sequence may be there or not."""
        if scene.events and chance(self._random, 30):
            gone = self._random.choice(scene.events)
            return self._moved(scene.events, gone) if chance(self._random, 50) else _without(scene.events, (gone,))
        kept = () if chance(self._random, 50) else scene.events
        return (*kept, *self._chain(sequence, scene))

    # --- so many events -------------------------------------------------------------------------------------------
    def _as_many(self, metric: EventMetric, scene: Scene) -> History:
        """Make the events that a metric should be drawn from, its number near what is asked for."""
        match metric.reducer:
            case Periods() as periods:
                return self._spread(metric, periods, scene)
            case Distinct(path):
                count = self._random.choice(whole_numbers((metric.test,)))
                return tuple(self._valued(metric, path, f"v{number}", scene) for number in range(count))
            case Reduce(agg, path):
                values = self.documents.aims.values_at(Field("property", path))
                count, value = self._random.randint(1, 3), self._random.choice(values)
                rest = 0 if agg == "sum" else value
                return tuple(self._valued(metric, path, rest if number else value, scene) for number in range(count))
            case Pick():
                return (
                    self._altered_event(
                        metric, self._event(metric.events, metric.where, self._when(metric.window), scene)
                    ),
                )
            case _:
                count = self._random.choice(whole_numbers((metric.test,)))
                return tuple(
                    self._event(metric.events, metric.where, self._when(metric.window), scene) for _ in range(count)
                )

    def _spread(self, metric: EventMetric, periods: Periods, scene: Scene) -> History:
        wanted = min(self._random.choice(whole_numbers((metric.test,))), periods.of)
        bounds = period_bounds(periods.of, periods.unit, calendar=periods.calendar)
        chosen = self._random.sample(bounds, wanted)
        most = MOST // max(wanted, 1)
        return tuple(
            self._event(metric.events, metric.where, self._random.choice(_inside(start, end)), scene)
            for start, end in ((bind_moment(low, scene.clock), bind_moment(high, scene.clock)) for low, high in chosen)
            for _ in range(min(most, self._random.choice((periods.minimum, periods.minimum, periods.minimum - 1))))
        )

    def _valued(self, metric: EventMetric, path: tuple[str, ...], value: Json, scene: Scene) -> EventRow:
        made = self._event(metric.events, metric.where, self._when(metric.window), scene)
        return replace(made, properties=placed(made.properties, path, value))

    # --- one event ------------------------------------------------------------------------------------------------
    def _event(self, events: Events, where: Expr, at: int, scene: Scene) -> EventRow:
        names = events.names or self.documents.aims.events
        bare = EventRow(scene.profile.pid, self._random.choice(names[:MOST]), at, "")

        def placing(properties: Mapping[str, Json]) -> Scene:
            return replace(scene, event=replace(bare, properties=properties))

        wanted = chance(self._random, 90)
        return replace(bare, properties=self.documents.meeting(where, {}, placing, wanted=wanted))

    def _altered(self, metric: EventMetric, scene: Scene, event: EventRow) -> History:
        return tuple(self._altered_event(metric, each) if each is event else each for each in scene.events)

    def _altered_event(self, metric: EventMetric, event: EventRow) -> EventRow:
        match metric.reducer:
            case Reduce(_, path) | Pick(_, path):
                target = Field("property", path)
                return replace(event, properties=self.documents.placed(event.properties, target))
            case _:
                return replace(event, properties={})

    def _moved(self, events: History, event: EventRow) -> History:
        at = self._random.choice(self.documents.aims.instants)
        return tuple(replace(each, ts=at) if each is event else each for each in events)

    def _when(self, window: TimeWindow) -> int:
        aims = self.documents.aims
        start = None if window.start is None else bind_moment(window.start, aims.clock)
        end = min(bind_moment(window.end, aims.clock), aims.clock.as_of)
        # A window that is empty has no instants inside.
        return self._random.choice(aims.instants_in(start, end) or aims.instants)

    # --- in order -------------------------------------------------------------------------------------------------
    def _chain(self, sequence: SequenceMatch, scene: Scene) -> History:
        at = self._when(sequence.window)
        first, *later = sequence.steps
        chain = [self._event(first.events, first.where, at, scene)]
        absent = () if sequence.absent is None or chance(self._random, 70) else (sequence.absent,)
        for step in (*later, *absent):
            at = self._next(step, at)
            event = self._event(step.events, step.where, at, scene)
            chain.append(event if step.same is None else self._matched(step, chain[-1], event, chain))
        return tuple(chain)

    def _next(self, step: SequenceStep, at: int) -> int:
        later = self.documents.aims.instants_in(at + 1, self.documents.aims.clock.as_of)
        near = [at + 1] if step.within is None else [at + 1, at + step.within, at + step.within, at + step.within + 1]
        return clamp(self._random.choice((*near, *later[:1])))

    def _matched(self, step: SequenceStep, before: EventRow, event: EventRow, chain: list[EventRow]) -> EventRow:
        """Give an event the value that the step before has, which gets one where it has none."""
        assert step.same is not None
        value = self._random.choice(("one", "one", "other"))
        if not before.properties.get(step.same[0]):
            chain[-1] = replace(before, properties=placed(before.properties, step.same, "one"))
            return replace(event, properties=placed(event.properties, step.same, value))
        first = before.properties[step.same[0]]
        return replace(event, properties={**event.properties, step.same[0]: first})


def _inside(start: int, end: int) -> tuple[int, ...]:
    return tuple(dict.fromkeys((start, max(start, end - 1), (start + end) // 2)))


def _without(events: History, gone: History) -> History:
    left_out = {id(event) for event in gone}
    return tuple(event for event in events if id(event) not in left_out)

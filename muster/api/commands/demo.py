"""`muster demo`: the main job on generated data, shown from the rule in every form to the people it finds."""

from __future__ import annotations

import time

import click

from muster.api.output import console, messages, print_table
from muster.backends.base import Engine
from muster.backends.discover import get_backend
from muster.backends.tables import Catalogue
from muster.compiler.messages.counts import counted
from muster.compiler.rule import Rule
from muster.grammar.english import english
from muster.grammar.format import format_rule
from muster.grammar.json_dump import dump_text
from muster.runtime.compilation import compile_query, to_rule
from muster.runtime.demo import DEMO_AS_OF, demo_audiences, generate
from muster.runtime.evaluation import evaluate
from muster.runtime.messages import Folded, fold


@click.command()
@click.option(
    "--people", type=click.IntRange(min=1), default=5_000, show_default=True, help="How many people to generate."
)
@click.option("--seed", default=1, show_default=True, help="The same seed gives the same people.")
@click.option("--check/--no-check", default=True, show_default=True, help="Ask the reference evaluator too.")
def demo(people: int, seed: int, *, check: bool) -> None:
    """Generate people and events, size a set of audiences, and show one rule in every form."""
    with messages().status(f"generating {counted(people, 'person', 'people')}"):
        folded = fold(generate(people, seed))
    catalogue = Catalogue()
    catalogue.observe_profiles(folded.profiles)
    catalogue.observe_events(folded.events)
    schema = catalogue.schema(known_people=True)
    engines = [get_backend(name).connect("", schema) for name in ("duckdb", *(["memory"] if check else []))]
    with messages().status("loading"):
        for engine in engines:
            engine.load(folded.profiles, folded.events)
    rules = {name: to_rule(text) for name, text in demo_audiences().items()}
    _print_sizes(rules, engines, folded)
    _print_forms(*next(iter(rules.items())), engines[0])
    for engine in engines:
        engine.close()


def _print_sizes(rules: dict[str, Rule], engines: list[Engine], folded: Folded) -> None:
    rows = []
    for name, rule in rules.items():
        with messages().status(name):
            counts, taken = zip(*(_count(rule, rules, engine) for engine in engines), strict=True)
        assert len(set(counts)) == 1, f"the engines disagree on {name!r}: {counts}"
        rows.append((name, f"{counts[0]:,}", f"{100 * counts[0] / len(folded.profiles):.1f} %", *_milliseconds(taken)))
    columns = {"audience": "left", "people": "right", "share": "right", "DuckDB": "right"}
    if len(engines) > 1:
        columns["reference"] = "right"
    people, events = counted(len(folded.profiles), "person", "people"), counted(len(folded.events), "event")
    title = f"{people}, {events}, as of {DEMO_AS_OF}"
    print_table(title, columns, rows)
    if len(engines) > 1:
        console().print("The reference evaluator and DuckDB found the same number of people for every audience.")


def _count(rule: Rule, rules: dict[str, Rule], engine: Engine) -> tuple[int, float]:
    evaluation = evaluate(rule, engine, as_of=DEMO_AS_OF, audiences=rules)
    started = time.perf_counter()
    return evaluation.count(), time.perf_counter() - started


def _milliseconds(taken: tuple[float, ...]) -> list[str]:
    return [f"{1000 * seconds:,.0f} ms" for seconds in taken]


def _print_forms(name: str, rule: Rule, engine: Engine) -> None:
    compiled = compile_query(rule, "duckdb", schema=engine.schema, as_of=DEMO_AS_OF)
    forms = {
        "as text": format_rule(rule),
        "as JSON": dump_text(rule, indent=2),
        "in English": english(rule),
        "as SQL": compiled.pretty,
        "with its parameters": "\n".join(f"${param} = {value}" for param, value in compiled.params.items()),
    }
    for title, body in forms.items():
        click.echo(f"\n{name}, {title}:\n")
        click.echo("\n".join(f"    {line}" for line in body.splitlines()))

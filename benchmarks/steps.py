"""The steps of a run, each in a process of its own: what one leaves in memory or holds open is not the next one's.

`python -m benchmarks.steps FOLDER STEP ARGUMENTS...` prints its result as JSON; how far it is goes to stderr.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks import compiling, data, layouts, measuring, places

_STEPS: dict[str, Callable[..., Any]] = {
    "make": lambda folder, people, events, seed: data.make(
        Path(places.location(folder, "duckdb")), int(people), int(events), int(seed)
    ),
    "copy": places.copy,
    "copy to peer": places.copy_to_peer,
    "compiling": lambda _: [asdict(each) for each in compiling.measure(data.schema())],
    "twelve": lambda folder, engine, runs: [asdict(each) for each in measuring.twelve(folder, engine, int(runs))],
    "many": lambda folder, engine, *numbers: asdict(measuring.many(folder, engine, *map(int, numbers))),
    "members": lambda folder, engine, runs: asdict(measuring.members(folder, engine, int(runs))),
    "layout": lambda folder, engine, layout, *numbers: asdict(
        layouts.measure(folder, engine, layout, layouts.Size(*map(int, numbers)))
    ),
    "memory": lambda folder, engine, what, *numbers: asdict(measuring.memory(folder, engine, what, *map(int, numbers))),
}


def run(folder: Path, step: str, *arguments: object) -> Any:
    """Run a step in a process of its own and give its result."""
    print(" ".join(map(str, (step, *arguments))), file=sys.stderr, flush=True)
    command = [sys.executable, "-m", "benchmarks.steps", str(folder), step, *map(str, arguments)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603 (our own interpreter)
    return json.loads(done.stdout.splitlines()[-1])


if __name__ == "__main__":
    print(json.dumps(_STEPS[sys.argv[2]](Path(sys.argv[1]), *sys.argv[3:])))

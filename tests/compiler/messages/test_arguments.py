"""What is said of an argument names it, what was found and what would work."""

from __future__ import annotations

from muster.compiler.messages import arguments as say


def test_arguments_are_named_with_what_works() -> None:
    assert say.wrong_kind("seed", object()) == "seed must be a whole number; a value of type object was found."
    assert say.wrong_key("params", None).endswith("None was found where a name is expected.")
    assert 'computed["a"] must be a metric, as in "sum(usd) of purchase"' in say.wrong_metric("a", 3)
    assert say.no_such_output(None, ("a", "b")) == "output must be 'a' or 'b'; None was found."
    assert say.not_positive("tries", 0) == "tries must be more than 0; 0 was found."
    assert say.no_such_argument("sede", ("seed",)) == "There is no argument sede; did you mean seed?"
    assert say.no_such_argument("x", ("seed", "tries")) == "There is no argument x; there are seed, tries."

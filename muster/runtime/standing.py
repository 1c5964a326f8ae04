"""A rule as SQL that stands by itself: every value is written in, and times come from the engine's clock.

Kept apart from what Muster runs, whose times are bound before there is SQL.
"""

from __future__ import annotations

from muster.backends.sql.standing import FORMS, NAME, Form, in_form
from muster.compiler.messages import views as say
from muster.runtime.compilation import CompiledQuery
from muster.runtime.errors import ChoiceError, InputError


def standing(compiled: CompiledQuery, form: Form, name: str) -> str:
    """Give a compiled rule in a form; raises ChoiceError for a bad name, InputError for a bound that is not exact."""
    if not NAME.fullmatch(name):
        raise ChoiceError(say.no_name(name))
    if compiled.query.standing is None:
        raise ChoiceError(say.no_sql(compiled.query.dialect))
    from muster.backends.sql.bounds import NotExactError  # noqa: PLC0415 (a rule can be checked without SQL)

    try:
        text = compiled.query.standing(compiled.query, compiled.clock.timezone)
    except NotExactError as error:
        raise InputError(str(error)) from error
    return in_form(text, form, name)


__all__ = ["FORMS", "Form", "standing"]

"""The audiences of a project: made, found, changed and deleted, each with all the rules that it had.

Kept apart from asking who is in one, which `Project` does for saved and unsaved rules alike. A rule is compiled before
it is saved, against what the project holds, so what is saved can be asked.

Ways to go wrong, each with a test: a circle made by an edit, a name that two have, a rule that comes back changed, an
edit that overwrites another one, a deleted audience that takes along those that refer to it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from muster.backends.tables.scalars import nfc
from muster.compiler.diagnostics import MusterError
from muster.compiler.messages import keeping as say
from muster.compiler.moments import from_micros
from muster.compiler.normal_form import fingerprint, is_everyone
from muster.compiler.pipeline import compile_rule
from muster.compiler.references import rename_references
from muster.compiler.resolve import Surroundings
from muster.compiler.rule import Rule
from muster.compiler.schema import Schema
from muster.runtime.compilation import surroundings, to_rule
from muster.runtime.forms import to_text
from muster.runtime.ledger import audiences as kept
from muster.runtime.ledger.audiences import AudienceRow, Form, NameTakenError, VersionRow
from muster.runtime.ledger.audit import log
from muster.runtime.ledger.database import Connection, Ledger, lock_project
from muster.runtime.ledger.projects import ProjectRecord, now
from muster.runtime.store.library import Library, read_library

AudienceCode = Literal["no_such_audience", "name_taken", "no_name", "everyone", "referenced", "stale"]
GivenRule = Rule | str | bytes | Mapping[str, Any]
_LONGEST = 200


class AudienceError(MusterError):
    """An audience cannot be made, found or changed so; `.code` for programs, the text for people."""

    def __init__(self, code: AudienceCode, reason: str) -> None:
        super().__init__(reason)
        self.code = code


@dataclass(frozen=True, slots=True)
class Audience:
    """An audience; `source` is its rule as it was given, `fingerprint` the same for rules that are seen to be equal.

    `status`: "broken_reference" if its rule refers to a deleted audience, which is nobody then. Times are aware.
    """

    id: str
    name: str
    description: str
    version: int
    form: Form
    source: str
    fingerprint: str
    created_at: datetime
    updated_at: datetime
    status: Literal["ok", "broken_reference"] = "ok"


@dataclass(frozen=True, slots=True)
class _Given:
    """A rule that was compiled: as it was given, and the audiences that its names stand for."""

    form: Form
    source: str
    fingerprint: str
    bound: dict[str, str]


class Audiences:
    """The audiences of one project. Threads may share it."""

    def __init__(self, ledger: Ledger, record: ProjectRecord, schema: Callable[[], Schema]) -> None:
        self._ledger = ledger
        self._record = record
        self._schema = schema

    def create(
        self,
        name: str,
        rule: GivenRule,
        *,
        description: str = "",
        confirm_everyone: bool = False,
        author: str = "",
    ) -> Audience:
        """Make an audience; raises RuleError for its rule, AudienceError for its name or a rule of everyone."""
        name = _checked(name)
        with self._changing() as (connection, library):
            given = self._compiled(rule, library, name, confirm_everyone=confirm_everyone)
            try:
                made = kept.add_audience(connection, self._record.id, name, description)
            except NameTakenError:
                raise AudienceError("name_taken", say.name_taken(name)) from None
            self._give(connection, made, 1, given, author)
            log(connection, self._record.id, "audience.created", actor=author, detail={"audience": made})
        return self.get(made)

    def get(self, name_or_id: str) -> Audience:
        """Find an audience by its name or id; raises AudienceError."""
        with self._ledger.read() as connection:
            library = read_library(connection, self._record.id)
        return _shown(self._row(library, name_or_id), library)

    def list(self, *, after: str = "", limit: int | None = None) -> tuple[Audience, ...]:
        """List audiences by name, those after a name, so many at most."""
        with self._ledger.read() as connection:
            library = read_library(connection, self._record.id)
        living = sorted((row for row in library.rows.values() if row.deleted is None), key=lambda row: row.name)
        return tuple(_shown(row, library) for row in living if row.name > after)[:limit]

    def update(
        self,
        name_or_id: str,
        *,
        name: str | None = None,
        rule: GivenRule | None = None,
        description: str | None = None,
        if_version: int | None = None,
        confirm_everyone: bool = False,
        author: str = "",
    ) -> Audience:
        """Change what is given; a rule takes the place of the whole rule, and makes a version.

        `if_version`: only if that is the version it has now. Raises as `create` does.
        """
        with self._changing() as (connection, library):
            row = self._row(library, name_or_id)
            if if_version is not None and if_version != row.version:
                raise AudienceError("stale", say.stale(row.name, if_version, row.version))
            if rule is not None:
                given = self._compiled(rule, library, row.name, confirm_everyone=confirm_everyone)
                self._give(connection, row.id, row.version + 1, given, author)
            changes = {} if description is None else {"description": description}
            if name is not None:
                changes["name"] = _checked(name)
            if changes:
                try:
                    kept.change_audience(connection, row.id, **changes)
                except NameTakenError:
                    raise AudienceError("name_taken", say.name_taken(changes["name"])) from None
            changed: list[Any] = sorted([*changes, *(["rule"] if rule is not None else [])])
            detail = {"audience": row.id, "changed": changed}
            log(connection, self._record.id, "audience.updated", actor=author, detail=detail)
        return self.get(row.id)

    def delete(self, name_or_id: str, *, force: bool = False, author: str = "") -> None:
        """Delete an audience; with `force` also one that rules of others refer to, which are nobody from then on."""
        with self._changing() as (connection, library):
            row = self._row(library, name_or_id)
            others = library.referring_to(row.id)
            if others and not force:
                raise AudienceError("referenced", say.referenced(row.name, [each.name for each in others]))
            kept.change_audience(connection, row.id, deleted=now())
            log(connection, self._record.id, "audience.deleted", actor=author, detail={"audience": row.id})

    def versions(self, name_or_id: str) -> tuple[VersionRow, ...]:
        """List the rules that an audience had, the first one first."""
        with self._ledger.read() as connection:
            row = self._row(read_library(connection, self._record.id), name_or_id)
            return tuple(kept.list_versions(connection, row.id))

    def library(self) -> Library:
        """Give all audiences as rules."""
        with self._ledger.read() as connection:
            return read_library(connection, self._record.id)

    # --- parts --------------------------------------------------------------------------------------------------
    @contextmanager
    def _changing(self) -> Iterator[tuple[Connection, Library]]:
        """Lend a transaction in which nobody else changes audiences."""
        with self._ledger.write() as connection:
            lock_project(connection, self._record.id)
            yield connection, read_library(connection, self._record.id)

    def _row(self, library: Library, name_or_id: str) -> AudienceRow:
        found = library.find(nfc(name_or_id))
        if found is None:
            known = [row.name for row in library.rows.values() if row.deleted is None]
            raise AudienceError("no_such_audience", say.no_audience(name_or_id, known))
        return library.rows[found]

    def _compiled(self, given: GivenRule, library: Library, name: str, *, confirm_everyone: bool) -> _Given:
        """Read and compile a rule: its form, source, fingerprint and the audiences that it means."""
        form, source = _source(given)
        rule = to_rule(source)
        around: Surroundings = surroundings(schema=self._schema(), audiences=library.rules)
        bound = library.bind(rule)
        compiled = compile_rule(meaning_today(rule, library), around, name=name)
        if is_everyone(compiled.lowered) and not confirm_everyone:
            raise AudienceError("everyone", say.everyone())
        return _Given(form, source, fingerprint(compiled.lowered), bound)

    def _give(
        self,
        connection: Connection,
        audience_id: str,
        version: int,
        given: _Given,
        author: str,
    ) -> None:
        rule = (given.form, given.source, given.fingerprint)
        kept.add_version(connection, audience_id, version, rule, author)
        kept.bind(connection, audience_id, given.bound)


def meaning_today(rule: Rule, library: Library) -> Rule:
    """Call the audiences that a new rule refers to, by name or id, by the names that the library has them under."""
    return rename_references(rule, {written: library.names[found] for written, found in library.bind(rule).items()})


def _source(given: GivenRule) -> tuple[Form, str]:
    """Give a rule as text, byte for byte where it is text already."""
    if isinstance(given, Rule):
        return "text", to_text(given)
    if isinstance(given, bytes):
        given = given.decode()
    if isinstance(given, str):
        return "json" if given.lstrip().startswith("{") else "text", given
    return "json", json.dumps(given, ensure_ascii=False)


def _checked(name: str) -> str:
    name = nfc(name)
    if not name.strip() or len(name) > _LONGEST or not name.isprintable():
        raise AudienceError("no_name", say.no_audience_name(_LONGEST))
    return name


def _shown(row: AudienceRow, library: Library) -> Audience:
    return Audience(
        id=row.id,
        name=row.name,
        description=row.description,
        version=row.version,
        form=row.form,
        source=row.source,
        fingerprint=row.fingerprint,
        created_at=from_micros(row.created),
        updated_at=from_micros(row.updated),
        status="broken_reference" if library.is_broken(row.id) else "ok",
    )

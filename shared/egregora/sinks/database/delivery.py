"""Delivery of a site to a database: only the rows of windows that changed, safe to die at any statement.

    read digests ─► per 100 windows: make their rows ─► one transaction: take a turn, delete, insert

A window is replaced as a whole, so it stands in the database as it was or as it is. Up to 100 changed windows are one
transaction, which readers see all at once; of a larger delivery that dies, the next keeps what was committed. What is
no longer shown goes last. Every transaction begins by counting the site's revision up from where this publisher knows
it: of two publishers at once the other finds another number, and gives way.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, Table, bindparam, delete, insert, select, update

from egregora.errors import Conflict
from egregora.ids import Signature
from egregora.sinks.database import DatabaseSink
from egregora.sinks.database import tables as t
from egregora.sinks.database.fulltext import forget_removed
from egregora.sinks.database.rows import Row, Rows, Window, shared_rows, window_rows, windows
from egregora.site import SiteInput
from egregora.site.deliver import Delivery

BATCH = 100
"""Windows whose rows are held in memory, and are written in one transaction."""

_SHARED = {t.sources: "id", t.people: "slug"}
"""Tables whose rows belong to no window, and what tells their rows apart."""


@dataclass(frozen=True, slots=True)
class _Held:
    """What stands in the database; `revision` and `title` are None where the site is not there."""

    revision: int | None = None
    title: str | None = None
    digests: dict[Signature, str] = field(default_factory=dict)
    shared: Rows = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is to be done, and how many windows stay as they are."""

    title: str
    windows: dict[Signature, Window]
    """Those that changed."""
    gone: list[Signature]
    rows: Rows
    """New and changed ones of the shared tables."""
    gone_rows: Rows
    forgets: bool
    """Somebody is no longer called what they were, or a conversation is gone."""
    same: int

    @property
    def written(self) -> int:
        return len(self.windows) + sum(map(len, self.rows.values()))

    @property
    def deleted(self) -> int:
        return len(self.gone) + sum(map(len, self.gone_rows.values()))


def deliver_database(
    site: SiteInput, sink: DatabaseSink, *, progress: Callable[[int, int], None] | None = None, batch: int = BATCH
) -> Delivery:
    """Make the rows of `sink` those of `site`, `batch` windows a transaction.

    Sources, people and windows count as written or deleted, windows alone as unchanged and as rendered. `progress` is
    called with windows settled and their number. Raises what the sink raises, and what reading a document does; what
    has been done by then is found again by the next call.
    """
    sink.prepare()
    with sink.reading() as connection:
        held = _held(connection, sink.name)
    plan = _plan(site, sink.name, held)
    if not _stands(plan, held):
        batches = _batches([*plan.windows, *plan.gone], batch)
        _carry_out(plan, held, batches, site, sink, progress)
    return Delivery(plan.written, plan.deleted, plan.same, len(plan.windows))


def _held(connection: Connection, name: str) -> _Held:
    # The revision is read first: whoever changes the rest while it is being read also counts this one up.
    row = connection.execute(select(t.sites.c.revision, t.sites.c.title).where(t.sites.c.site == name)).one_or_none()
    if row is None:
        return _Held()
    digests = connection.execute(select(t.windows.c.signature, t.windows.c.digest).where(t.windows.c.site == name))
    return _Held(
        row.revision,
        row.title,
        {row.signature: row.digest for row in digests},
        {table: _rows(connection, table, name) for table in _SHARED},
    )


def _rows(connection: Connection, table: Table, name: str) -> list[Row]:
    return [dict(row) for row in connection.execute(select(table).where(table.c.site == name)).mappings()]


def _plan(site: SiteInput, name: str, held: _Held) -> _Plan:
    wanted, rows = windows(site), shared_rows(site, name)
    changed = {key: window for key, window in wanted.items() if held.digests.get(key) != window.digest}
    new: Rows = {}
    gone: Rows = {}
    for table, key in _SHARED.items():
        before = {row[key]: row for row in held.shared.get(table, ())}
        after = {row[key]: row for row in rows.get(table, ())}
        new[table] = [row for name, row in after.items() if before.get(name) != row]
        gone[table] = [row for name, row in before.items() if name not in after]
    names = {row["name"] for row in rows.get(t.people, ())}
    return _Plan(
        title=site.title.replace("\0", ""),
        windows=changed,
        gone=[signature for signature in held.digests if signature not in wanted],
        rows=new,
        gone_rows=gone,
        forgets=bool(gone[t.sources]) or not names.issuperset(row["name"] for row in held.shared.get(t.people, ())),
        same=len(wanted) - len(changed),
    )


def _stands(plan: _Plan, held: _Held) -> bool:
    return plan.title == held.title and not plan.written and not plan.deleted


def _carry_out(
    plan: _Plan,
    held: _Held,
    batches: Sequence[Sequence[Signature]],
    site: SiteInput,
    sink: DatabaseSink,
    progress: Callable[[int, int], None] | None,
) -> None:
    """One transaction a batch: whom windows may speak of comes with the first, what has gone goes with the last."""
    revision, settled = held.revision, plan.same
    for number, batch in enumerate(batches):
        made = [_made(plan.windows[key], site, sink.name) for key in batch if key in plan.windows]
        with sink.writing() as connection:
            revision = _take_turn(connection, sink.name, plan.title, revision)
            if number == 0:
                _remove_rows(connection, plan.rows)
                _insert(connection, plan.rows)
            _remove_windows(connection, sink.name, [key for key in batch if key in held.digests])
            _insert(
                connection, {table: [row for rows in made for row in rows.get(table, ())] for table in t.OF_WINDOWS}
            )
            if number == len(batches) - 1:
                _remove_rows(connection, plan.gone_rows)
                if plan.forgets:
                    forget_removed(connection)
        settled += len(made)
        if progress:
            progress(settled, plan.same + len(plan.windows))


def _batches(keys: Sequence[Signature], size: int) -> list[Sequence[Signature]]:
    """`keys` in pieces; one empty piece where there are none, for there is something else to write."""
    return [keys[start : start + size] for start in range(0, len(keys), size)] or [()]


def _made(window: Window, site: SiteInput, name: str) -> Rows:
    return window_rows(window, site.load(window.card.key) if window.card else None, name)


def _take_turn(connection: Connection, name: str, title: str, revision: int | None) -> int:
    """Count the site's revision up. Raises `Conflict` where it is not `revision` (None: the site is not there)."""
    if revision is None:
        connection.execute(insert(t.sites).values(site=name, title=title, revision=1))
        return 1
    where = (t.sites.c.site == name, t.sites.c.revision == revision)
    taken = connection.execute(update(t.sites).where(*where).values(title=title, revision=revision + 1))
    if taken.rowcount != 1:
        raise Conflict(f"another publisher works on the sink {name}")
    return revision + 1


def _insert(connection: Connection, rows: Rows) -> None:
    for table, found in rows.items():
        if found:
            connection.execute(insert(table), found)


def _remove_windows(connection: Connection, name: str, keys: Sequence[Signature]) -> None:
    if keys:
        for table in reversed(t.OF_WINDOWS):
            connection.execute(delete(table).where(table.c.site == name, table.c.signature.in_(keys)))


def _remove_rows(connection: Connection, rows: Rows) -> None:
    """Remove rows of shared tables, and those that stand in the place of `rows`."""
    for table, found in rows.items():
        if found:
            key = table.c[_SHARED[table]]
            named = [{"of": row["site"], "called": row[key.name]} for row in found]
            connection.execute(delete(table).where(table.c.site == bindparam("of"), key == bindparam("called")), named)

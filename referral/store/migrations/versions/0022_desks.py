"""Desks as a list: the names that were typed are merged into it, and everything points at it."""

from __future__ import annotations

from collections import Counter, defaultdict
from uuid import uuid4

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_OF_A_DESK = ("inquiry", "need", "referral", "saved_search", "favorite")
_LONGEST = 60
_LONGEST_SEARCH = 120


def upgrade() -> None:
    """Create the list from the names, the most frequent spelling of each; write ids for names."""
    desk = op.create_table(
        "desk",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("branch", sa.String(60), server_default="", nullable=False),
        sa.Column("in_use", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_desk"),
    )
    ids: dict[str, str] = {}
    spellings: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for name, number in _names_in_use().items():
        spellings[_fold(name) or name].update({name: number})
    for names in spellings.values():
        desk_id = str(uuid4())
        usual = max(names, key=lambda name: (names[name], name))
        op.bulk_insert(
            desk, [{"id": desk_id, "name": usual[:_LONGEST], "branch": "", "in_use": True}]
        )
        # The usual spelling first: of two searches of one name it keeps its own.
        for name in sorted(names, key=lambda name: name != usual):
            _replace(name, desk_id)
            ids[name] = desk_id
    _replace_published(ids)


def downgrade() -> None:
    """Write the names back, and drop the list."""
    desk = sa.table("desk", sa.column("id", sa.String()), sa.column("name", sa.String()))
    names = dict(op.get_bind().execute(sa.select(desk.c.id, desk.c.name)).all())
    for desk_id, name in names.items():
        _replace(desk_id, name)
    _replace_published(names)
    op.drop_table("desk")


def _names_in_use() -> Counter[str]:
    found: Counter[str] = Counter()
    for table in map(_table, _OF_A_DESK):
        counted = sa.select(table.c.desk, sa.func.count()).where(table.c.desk != "")
        for name, number in op.get_bind().execute(counted.group_by(table.c.desk)):
            found[name] += number
    return found


def _replace(old: str, new: str) -> None:
    _make_room(old, new)
    for table in map(_table, _OF_A_DESK):
        op.execute(table.update().where(table.c.desk == old).values(desk=new))


def _replace_published(new: dict[str, str]) -> None:
    """Published counts of a desk are exact, so those of names that become one are added up."""
    key = ("measure", "dimension", "months", "above", "first_month", "last_month", "value")
    table = sa.table("published_count", *map(sa.column, key), sa.column("count", sa.Integer()))
    of_desks = (table.c.dimension == "desk") & table.c.value.in_(new)
    rows = op.get_bind().execute(sa.select(table).where(of_desks)).all()
    sums: Counter[tuple[str, ...]] = Counter()
    for *place, old, number in rows:
        sums[*place, new[old]] += number
    op.execute(table.delete().where(of_desks))
    if sums:
        op.bulk_insert(
            table,
            [{**dict(zip(key, each, strict=True)), "count": sums[each]} for each in sums],
        )


def _make_room(old: str, new: str) -> None:
    """A service stands on a list once; a second search of a name gets another name."""
    favorite, connection = _table("favorite"), op.get_bind()
    rows = connection.execute(sa.select(favorite).where(favorite.c.desk.in_((old, new)))).all()
    listed = {(row.name, row.service_id) for row in rows if row.desk == new}
    for row in rows:
        if row.desk == old and (row.name, row.service_id) in listed:
            op.execute(favorite.delete().where(favorite.c.id == row.id))
    search = _table("saved_search")
    rows = connection.execute(sa.select(search).where(search.c.desk.in_((old, new)))).all()
    there = {row.name for row in rows if row.desk == new}
    taken = {row.name for row in rows}
    for row in rows:
        if row.desk == old and row.name in there:
            name = _free_name(row.name, taken)
            taken.add(name)
            op.execute(search.update().where(search.c.id == row.id).values(name=name))


def _free_name(name: str, taken: set[str]) -> str:
    free, number = name, 1
    while free in taken:
        number += 1
        free = f"{name[: _LONGEST_SEARCH - 5]} {number}"
    return free


def _table(name: str) -> sa.TableClause:
    columns = ("id", "desk", "name", "service_id") if name == "favorite" else ("id", "desk", "name")
    return sa.table(name, *(sa.column(each, sa.String()) for each in columns))


def _fold(name: str) -> str:
    return "".join(filter(str.isalnum, name.casefold()))

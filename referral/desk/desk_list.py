"""The list of a library's desks and their branches.

Admins edit the list. A desk is retired, never deleted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from referral.accounts.audit import record_audit
from referral.desk.rows import DeskRow
from referral.directory.instance import Instance
from referral.errors import refused
from referral.records.accounts import Actor, printable_line
from referral.store.fetching import fetch_row

LONGEST_NAME = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A reference desk of the library, and the branch where it is.

    ``branch`` is "" in a library with one building.
    """

    id: str
    name: str
    branch: str = ""
    in_use: bool = True

    @property
    def label(self) -> str:
        """Return the names of branch and desk, such as ``North branch: Children’s desk``."""
        return f"{self.branch}: {self.name}" if self.branch else self.name


def list_desks(instance: Instance, *, in_use: bool = False) -> tuple[Desk, ...]:
    """Return all reference desks sorted by branch and name, or only those in use."""
    with instance.store.read() as session:
        desks = read_desks(session)
    return tuple(desk for desk in desks if desk.in_use or not in_use)


def read_desks(session: Session) -> tuple[Desk, ...]:
    """Return all reference desks sorted by branch and name, within the caller's transaction."""
    desks = [
        Desk(id=row.id, name=row.name, branch=row.branch, in_use=row.in_use)
        for row in session.scalars(select(DeskRow))
    ]
    return tuple(sorted(desks, key=lambda desk: (_sort_key(desk.branch), _sort_key(desk.name))))


def save_desk(
    instance: Instance, actor: Actor, name: str, branch: str = "", *, desk_id: str = ""
) -> str:
    """Add or rename a reference desk of the library, and return its id.

    A branch that differs from an existing one only in case or punctuation gets the existing
    spelling.

    Raises:
        NotFoundError: there is no such desk.
        RefusedError: the name is missing, too long, or used by another desk of the branch.
    """
    name, branch = printable_line(name), printable_line(branch)
    if not name or max(len(name), len(branch)) > LONGEST_NAME:
        raise refused("Give it a name of %(most)s letters at most.", most=LONGEST_NAME)
    with instance.store.write() as session:
        row = fetch_row(session, DeskRow, desk_id, "desk") if desk_id else None
        others = [desk for desk in read_desks(session) if desk.id != desk_id]
        same_branch = (desk.branch for desk in others if fold(desk.branch) == fold(branch))
        branch = next(same_branch, branch)
        if (fold(branch), fold(name)) in {(fold(desk.branch), fold(desk.name)) for desk in others}:
            raise refused("This desk is in the list already.")
        if row is None:
            row = DeskRow(id=str(uuid4()), in_use=True)
            session.add(row)
        row.name, row.branch = name, branch
        record_audit(session, actor, "desk-saved", "desk", row.id)
        return row.id


def set_in_use(instance: Instance, actor: Actor, desk_id: str, *, in_use: bool) -> None:
    """Retire a reference desk of the library, or put it back into use.

    Staff can choose only desks in use. Inquiries of a retired desk keep its name.

    Raises:
        NotFoundError: there is no such desk.
    """
    with instance.store.write() as session:
        fetch_row(session, DeskRow, desk_id, "desk").in_use = in_use
        action = "desk-taken-up" if in_use else "desk-retired"
        record_audit(session, actor, action, "desk", desk_id)


def fold(name: str) -> str:
    """Return the name of a desk or branch without case, blanks and punctuation, for comparison."""
    return "".join(filter(str.isalnum, name.casefold()))


def _sort_key(name: str) -> list[str | int]:
    """Return a sort key for desks and branches that puts "Branch 2" before "Branch 10"."""
    parts = re.split("([0-9]+)", name.casefold())
    return [int(part) if position % 2 else part for position, part in enumerate(parts)]

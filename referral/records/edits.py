"""Values of field-level history: edits, their actions, authors and origins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import uuid4


class MadeBy(StrEnum):
    """By what way a change came in."""

    SYSTEM = "system"
    IMPORT = "import"
    HAND = "hand"
    PROVIDER = "provider"
    RESTORE = "restore"
    UNDO = "undo"
    MERGE = "merge"
    RULE = "rule"  # a topic that staff accepted for a category of a list


class Action(StrEnum):
    """What happened to a record. Retiring is a change, of ``retired_at``."""

    CREATED = "created"
    CHANGED = "changed"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """Who writes, given to ``Store.write``.

    Attributes:
        made_by: by what way.
        account_id: the member of staff, if there is one.
        batch_id: the import that writes, or whose writing is undone.
        group_id: what is done in one go has one, so that it can be taken back in one go.
    """

    made_by: MadeBy = MadeBy.SYSTEM
    account_id: str = ""
    batch_id: str = ""
    group_id: str = field(default_factory=lambda: str(uuid4()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One change of one record.

    Attributes:
        number: rises with time.
        fields: column → (value before, value after), as JSON has them: dates as ISO text. All
            columns with a value for what was deleted; none for what was created.
    """

    number: int
    kind: str
    record_id: str
    action: Action
    fields: Mapping[str, tuple[Any, Any]]
    happened_at: datetime
    author: Author

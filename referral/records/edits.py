"""Records of the edit history: edits, their actions, authors and origins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import uuid4


class MadeBy(StrEnum):
    """The way in which a record was changed: by hand, by an import, by a rule and so on."""

    SYSTEM = "system"
    IMPORT = "import"
    HAND = "hand"
    PROVIDER = "provider"
    RESTORE = "restore"
    UNDO = "undo"
    MERGE = "merge"
    RULE = "rule"  # a topic that staff accepted for a category of a list


class Action(StrEnum):
    """The action of an edit. Retiring a record is a change of ``retired_at``."""

    CREATED = "created"
    CHANGED = "changed"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """The author of edits, passed to ``Store.write``.

    Attributes:
        account_id: the account of the member of staff, "" for none.
        batch_id: the import batch that writes, or that is undone.
        group_id: shared by all edits of one operation, so that they can be undone together.
    """

    made_by: MadeBy = MadeBy.SYSTEM
    account_id: str = ""
    batch_id: str = ""
    group_id: str = field(default_factory=lambda: str(uuid4()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """A change of one record in the edit history.

    Attributes:
        number: increases with time.
        fields: column → (previous value, new value) as in JSON, dates as ISO text. A deletion has
            all columns with a value, a creation has none.
    """

    number: int
    kind: str
    record_id: str
    action: Action
    fields: Mapping[str, tuple[Any, Any]]
    happened_at: datetime
    author: Author

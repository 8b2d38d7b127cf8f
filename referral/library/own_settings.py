"""Settings of the library itself: stored by name as text, shared by all nodes, and audited."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.orm import Session

from referral.accounts.audit import record_setting
from referral.directory.instance import Instance
from referral.directory.site_texts import HOME, LIBRARY_SETTING
from referral.fields.places.home import find_home
from referral.records.accounts import Actor
from referral.settings import LIBRARY_SETTINGS
from referral.store.change_log import log_changes
from referral.store.rows_texts import LibrarySettingRow

FIRST_DAY = "first_day"
"""Setting besides the fields of ``Settings``: ``away`` once the first day's list is dismissed."""


def save_own_settings(instance: Instance, actor: Actor, texts: Mapping[str, str]) -> int:
    """Store the settings that a library made for itself; return the number of changed ones.

    A value equal to the default is not stored. The time zone follows from the home place.

    Args:
        texts: all settings by name, as ``Settings.library_texts`` returns them, and ``HOME``.
            Settings from the environment are not changed.
    """
    home = find_home(texts.get(HOME, ""), texts.get("area_code", ""))
    defaults = instance.given.library_texts()
    changes = {
        name: "" if text == defaults.get(name, "") else text
        for name, text in {**texts, "timezone": home.timezone if home else ""}.items()
        if name not in instance.given.fixed
    }
    with instance.store.write() as session:
        return sum(_store_setting(session, actor, name, text) for name, text in changes.items())


def dismiss_first_day(instance: Instance, actor: Actor) -> None:
    """Dismiss the list of tasks for the library's first day."""
    with instance.store.write() as session:
        _store_setting(session, actor, FIRST_DAY, "away")


def _store_setting(session: Session, actor: Actor, name: str, text: str) -> bool:
    row = session.get(LibrarySettingRow, name)
    previous = row.value if row else ""
    if text == previous:
        return False
    if text:
        session.merge(LibrarySettingRow(name=name, value=text))
    else:
        session.delete(row)
    record_setting(session, actor, name, _audited_value(name, previous), _audited_value(name, text))
    log_changes(session, [(LIBRARY_SETTING, name)])
    return True


def _audited_value(name: str, text: str) -> str:
    """Return the value of a library's setting for the audit log; for a logo its type and size."""
    if name == "logo" and text:
        return f"{text.partition(';')[0].removeprefix('data:')}, {len(text)}"
    return text


def own_settings(instance: Instance) -> Mapping[str, str]:
    """Return the settings that a library made for itself as texts, by field name.

    ``HOME`` is among the names.
    """
    instance.texts.refresh()
    stored = instance.texts.library_settings()
    in_effect = instance.settings.library_texts()
    return {HOME: stored.get(HOME, ""), **{name: in_effect[name] for name in LIBRARY_SETTINGS}}

"""My list in the session cookie: ids of services and locations, stored nowhere else.

The cookie ends with the browser's session, or when a patron leaves quickly or starts over. If the
list is saved under a code for a phone, the cookie contains the code too, until the list changes.
"""

from __future__ import annotations

from flask import has_request_context, session

from referral.patron.my_list import SESSION_KEYS, MyList

_LIST, _CODE = SESSION_KEYS


def my_list() -> MyList:
    """Return the patron's list of services chosen in this visit, from the session cookie."""
    entries = session.get(_LIST, ()) if has_request_context() else ()
    pairs = (str(entry).partition(" ") for entry in entries)
    return MyList.of((service_id, location_id) for service_id, _, location_id in pairs)


def save_list_in_session(chosen: MyList) -> None:
    """Store a patron's list in the session cookie and forget its code.

    An empty list leaves no key.
    """
    if chosen == my_list():
        return
    session.pop(_CODE, None)
    if chosen.ids:
        session[_LIST] = [f"{service_id} {location_id}" for service_id, location_id in chosen.items]
    else:
        session.pop(_LIST, None)


def saved_code() -> str:
    """Return the code under which the patron's list of this visit is saved, "" if it is not."""
    return str(session.get(_CODE, ""))


def save_code(code: str) -> None:
    """Store the code of the patron's saved list in the session cookie."""
    session[_CODE] = code

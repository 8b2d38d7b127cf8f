"""My list in the session cookie: ids of services and their places, kept nowhere else.

The cookie ends with the browser's session; leaving fast or starting over takes it away. Once a
list was kept under a code for a phone, the code is in the cookie too, until the list changes.
"""

from __future__ import annotations

from flask import has_request_context, session

from referral.patron.my_list import SESSION_KEYS, MyList

_LIST, _CODE = SESSION_KEYS


def my_list() -> MyList:
    """What was chosen in this visit."""
    kept = session.get(_LIST, ()) if has_request_context() else ()
    pairs = (str(each).partition(" ") for each in kept)
    return MyList.of((key, at) for key, _, at in pairs)


def save_list_in_session(chosen: MyList) -> None:
    """Keep the list for this visit; an empty one leaves nothing behind."""
    if chosen == my_list():
        return
    session.pop(_CODE, None)
    if chosen.ids:
        session[_LIST] = [f"{key} {at}" for key, at in chosen.items]
    else:
        session.pop(_LIST, None)


def saved_code() -> str:
    """The code under which the present list is kept, "" when it is not."""
    return str(session.get(_CODE, ""))


def save_code(code: str) -> None:
    """Remember that the present list is kept under this code."""
    session[_CODE] = code

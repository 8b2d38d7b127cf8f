"""Labels for the kinds and outcomes of followed sources, and for small changes."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import lazy_gettext
from flask_babel.speaklater import LazyString

from referral.following.records import PullOutcome, SourceKind
from referral.following.small_changes import (
    CHECKED,
    CONDITIONS,
    CONTACTS,
    GONE,
    HOURS,
    PHONES,
    TEXTS,
    TOPICS,
)

KIND_LABELS: Mapping[str, LazyString] = {
    SourceKind.REFERRAL: lazy_gettext("Another library with Referral"),
    SourceKind.HSDS_API: lazy_gettext("An HSDS 3 or Open Referral UK service"),
    SourceKind.FILE: lazy_gettext("One file at a web address"),
    SourceKind.FOLDER: lazy_gettext("A folder on this server"),
}
# Proper names of formats are not translated.
FORMAT_LABELS: Mapping[str, LazyString | str] = {
    "open-referral": "Open Referral (HSDS 1, 2, 3, ORServices, Ohana)",
    "airs": "AIRS XML",
    "icarol": "iCarol",
    "spreadsheet": lazy_gettext("A spreadsheet"),
}
FETCHED: Mapping[str, LazyString] = {
    SourceKind.REFERRAL: lazy_gettext(
        "We ask for what changed there, and once for the whole list."
    ),
    SourceKind.HSDS_API: lazy_gettext(
        "We ask for what changed there, and each week for the whole list."
    ),
    SourceKind.FILE: lazy_gettext("We fetch the file when it is new."),
    SourceKind.FOLDER: lazy_gettext("We read the newest file there."),
}
OUTCOME_LABELS: Mapping[str, LazyString] = {
    PullOutcome.NONE: lazy_gettext("not looked yet"),
    PullOutcome.NOTHING_NEW: lazy_gettext("nothing new"),
    PullOutcome.STAGED: lazy_gettext("changes wait for review"),
    PullOutcome.APPLIED: lazy_gettext("small changes applied"),
    PullOutcome.FAILED: lazy_gettext("it did not work"),
    PullOutcome.READING: lazy_gettext("the list is being read"),
    PullOutcome.TAKEN: lazy_gettext("the changes were applied"),
    PullOutcome.NOT_KEPT: lazy_gettext("the changes were dropped or undone"),
}
SMALL_CHANGE_LABELS: Mapping[str, LazyString] = {
    GONE: lazy_gettext("What they took off their list, or withhold"),
    CHECKED: lazy_gettext("When they last checked it"),
    PHONES: lazy_gettext("Phones, where nobody here has checked the listing"),
    HOURS: lazy_gettext("Hours, where nobody here has checked the listing"),
    TEXTS: lazy_gettext("Descriptions"),
    CONDITIONS: lazy_gettext("Who can use it, languages and costs"),
    CONTACTS: lazy_gettext("Websites, e-mail addresses and contacts"),
    TOPICS: lazy_gettext("Topics"),
}

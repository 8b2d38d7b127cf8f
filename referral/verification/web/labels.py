"""Labels of check ages, reports, contacts, quality findings, website results and mail statuses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext

from referral.verification.quality import Finding
from referral.verification.records import (
    CheckAge,
    ContactMethod,
    ContactResult,
    MailStatus,
    ReportKind,
    ReportStatus,
    WebsiteResult,
)

AGES: Mapping[CheckAge, Any] = {
    CheckAge.FRESH: lazy_gettext("Checked in the last ten months"),
    CheckAge.DUE: lazy_gettext("Due within two months"),
    CheckAge.OVERDUE: lazy_gettext("More than a year old"),
    CheckAge.NEVER: lazy_gettext("Never checked"),
}
REPORTS: Mapping[ReportKind, Any] = {
    ReportKind.PHONE: lazy_gettext("The phone number is wrong, or nobody answers"),
    ReportKind.CLOSED: lazy_gettext("They are closed, or have moved away"),
    ReportKind.HOURS: lazy_gettext("The hours are wrong"),
    ReportKind.PLACE: lazy_gettext("The address is wrong"),
    ReportKind.RULES: lazy_gettext("Who can get help, or how, is wrong"),
    ReportKind.REFUSED: lazy_gettext("They sent me away"),
    ReportKind.OTHER: lazy_gettext("Something else"),
}
HOW: Mapping[ContactMethod, Any] = {
    ContactMethod.PHONE: lazy_gettext("By phone"),
    ContactMethod.EMAIL: lazy_gettext("By e-mail"),
    ContactMethod.WEBSITE: lazy_gettext("On their website"),
    ContactMethod.VISIT: lazy_gettext("By a visit"),
}
RIGHT_KEYS = (
    (ContactMethod.PHONE, "c", lazy_gettext("Called")),
    (ContactMethod.EMAIL, "e", lazy_gettext("E-mailed")),
    (ContactMethod.WEBSITE, "w", lazy_gettext("Website")),
    (ContactMethod.VISIT, "v", lazy_gettext("Visited")),
)
"""Ways in which staff found that a listing is still right, with shortcut key and button label."""
RESULTS: Mapping[ContactResult, Any] = {
    ContactResult.NO_ANSWER: lazy_gettext("No answer"),
    ContactResult.ASKED_TO_WAIT: lazy_gettext("They will get back to us"),
    ContactResult.WRONG_NUMBER: lazy_gettext("Wrong number or address"),
    ContactResult.GONE: lazy_gettext("It does not exist any more"),
    ContactResult.CHANGED: lazy_gettext("We changed something; now all is right"),
    ContactResult.RIGHT: lazy_gettext("Still right"),
}
STATUSES: Mapping[ReportStatus, Any] = {
    ReportStatus.OPEN: lazy_gettext("Waits"),
    ReportStatus.DONE: lazy_gettext("Accepted"),
    ReportStatus.DECLINED: lazy_gettext("Declined"),
}
FINDINGS: Mapping[Finding, Any] = {
    Finding.NO_CONTACT: lazy_gettext("No phone, website or e-mail"),
    Finding.NO_PHONE: lazy_gettext("No phone number"),
    Finding.BAD_PHONE: lazy_gettext("A phone number that cannot be dialed"),
    Finding.NO_PLACE: lazy_gettext("No place, and not said to be by phone or online"),
    Finding.BAD_ADDRESS: lazy_gettext("An address with something missing or odd"),
    Finding.NO_HOURS: lazy_gettext("No hours"),
    Finding.HOURS_IN_WORDS: lazy_gettext("Hours we could not read"),
    Finding.NO_AREA: lazy_gettext("No area served"),
    Finding.AREA_IN_WORDS: lazy_gettext("Area served only in words"),
    Finding.NO_HEADING: lazy_gettext("Under no heading"),
    Finding.NO_TERM: lazy_gettext("Without a topic"),
    Finding.NO_DESCRIPTION: lazy_gettext("No description"),
    Finding.HARD_TO_READ: lazy_gettext("Hard to read: above 10th grade"),
    Finding.NO_WEBSITE: lazy_gettext("No website or e-mail"),
    Finding.BAD_LINK: lazy_gettext("A website or e-mail that cannot be right"),
    Finding.NO_ELIGIBILITY: lazy_gettext("Nothing about who can get it"),
    Finding.NO_APPLICATION: lazy_gettext("Nothing about how to get it"),
    Finding.NO_COST: lazy_gettext("Nothing about what it costs"),
    Finding.NO_DOCUMENTS: lazy_gettext("Nothing about what to bring"),
    Finding.NO_LANGUAGES: lazy_gettext("No languages"),
    Finding.NO_ORGANIZATION: lazy_gettext("No organization that is shown"),
    Finding.NEVER_CHECKED: lazy_gettext("Never checked"),
}
WEBSITE_RESULTS: Mapping[WebsiteResult, Any] = {
    WebsiteResult.GONE: lazy_gettext("The page is not there"),
    WebsiteResult.FAULT: lazy_gettext("The website reports a fault of its own"),
    WebsiteResult.NO_ANSWER: lazy_gettext("Nothing answers"),
    WebsiteResult.NO_NAME: lazy_gettext("There is no website of this name"),
    WebsiteResult.BAD_CERTIFICATE: lazy_gettext("Browsers warn of its certificate"),
}
MAIL_STATUSES: Mapping[MailStatus, Any] = {
    MailStatus.WAITING: lazy_gettext("To be sent"),
    MailStatus.SENDING: lazy_gettext("On its way"),
    MailStatus.SENT: lazy_gettext("Sent"),
    MailStatus.REFUSED: lazy_gettext("Address refused"),
    MailStatus.UNSURE: lazy_gettext("Cut off: it may have gone out"),
    MailStatus.SKIPPED: lazy_gettext("Left out: checked or asked meanwhile"),
    MailStatus.NO_ADDRESS: lazy_gettext("No address known"),
}

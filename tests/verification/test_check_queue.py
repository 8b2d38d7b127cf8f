"""The queue of checks: what is due, what nobody answered, and what a contact proves."""

from datetime import timedelta

import pytest

from referral.records.accounts import Role
from referral.records.hsds import Service
from referral.records.visibility import Visibility
from referral.records.waiting import Waiting
from referral.store.rows import ServiceRow
from referral.verification.check_queue import (
    count_verification,
    lines_to_check,
    list_verification,
    log_contact,
    read_check,
    waiting_checks,
)
from referral.verification.feedback import record_report
from referral.verification.records import ContactMethod, ContactResult, ReportKind
from tests.support.pairs import id_of, pantry, store
from tests.support.staff import add_account


@pytest.fixture
def checked(instance):
    """Give services checked 10, 301 and 400 days ago, and never; another is for staff."""
    today, found = instance.now().date(), []
    for number, days in enumerate((10, 301, 400, None), start=1):
        checked = None if days is None else today - timedelta(days=days)
        records = pantry(number, assured_date=checked)
        store(instance, *records)
        found.append(id_of(records, Service))
    store(instance, *pantry(9, visibility=Visibility.STAFF))
    return found


def listed(instance, only=""):
    return {line.service_id for line in list_verification(instance, only).lines}


def test_what_is_due_never_checked_or_reported_is_in_the_queue(instance, checked):
    fresh, due, overdue, never = checked
    assert listed(instance) == {due, overdue, never}
    ages = {"fresh": fresh, "due": due, "overdue": overdue, "never": never}
    for age, service in ages.items():
        assert listed(instance, age) == {service}
    assert listed(instance, "reported") == set()
    assert count_verification(instance) == 2
    oldest = instance.now().date() - timedelta(days=400)
    assert waiting_checks(instance) == Waiting(2, oldest)
    record_report(instance, fresh, ReportKind.HOURS)
    assert listed(instance, "reported") == {fresh}
    assert next(line.service_id for line in lines_to_check(instance)) == fresh
    assert count_verification(instance) == 3
    assert waiting_checks(instance).count == 2


def test_a_contact_that_proves_a_listing_ends_its_tries_and_no_other(instance, checked):
    account = add_account(instance, [Role.CURATION])
    first, second = checked[2:]

    def ask(service, *results):
        for result in results:
            log_contact(instance, account, service, ContactMethod.PHONE, result)

    def tries(service):
        return read_check(instance, service).line.tries

    ask(first, ContactResult.NO_ANSWER, ContactResult.WRONG_NUMBER)
    ask(second, ContactResult.NO_ANSWER)
    assert (tries(first), tries(second)) == (2, 1)
    record_report(instance, first, ReportKind.HOURS)
    ask(first, ContactResult.CHANGED)
    page = read_check(instance, first)
    assert (page.line.tries, page.line.checked_on) == (0, instance.now().date())
    assert len(page.reports) == 1, "what changed may be what was reported"
    ask(first, ContactResult.NO_ANSWER, ContactResult.RIGHT)
    page = read_check(instance, first)
    assert (page.line.tries, page.reports, len(page.tries)) == (0, (), 5)
    assert tries(second) == 1
    with instance.store.read() as session:
        assert session.get_one(ServiceRow, second).assured_date is None

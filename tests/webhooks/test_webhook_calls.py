"""Calls of webhooks: when they are sent, what is in them, and how long they are tried again."""

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from referral.app.job_kinds import do_work
from referral.directory.context import opened_directory
from referral.jobs.rows import JobRow
from referral.publishing.ledger_updates import update_ledger
from referral.records.accounts import COMMAND_LINE
from referral.records.visibility import Visibility
from referral.store.publication.ledger import last_cursor
from referral.store.rows import ServiceRow
from referral.webhooks import webhook_calls
from referral.webhooks.records import CallOutcome
from referral.webhooks.registered_webhooks import (
    add_webhook,
    failing_webhooks,
    read_webhook,
    remove_webhook,
    renew_secret,
    turn_webhook,
    waiting_webhooks,
)
from referral.webhooks.webhook_calls import FEED, PAUSES, queue_due_calls, send_test_call
from tests.conftest import settings_for
from tests.support.editing import PANTRY, the_county
from tests.webhooks.conftest import NAME, SITE, START, may_call

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "open-data.md"
MINUTE = timedelta(minutes=1)


def work(directory):
    queued = queue_due_calls(directory)
    do_work(directory, "w")
    return queued


def rename(directory, name, **more):
    with directory.store.write() as session:
        row = session.get_one(ServiceRow, PANTRY)
        row.name = name
        for field, value in more.items():
            setattr(row, field, value)
    update_ledger(directory)


def cursor_of(directory):
    with directory.store.read() as session:
        return str(last_cursor(session))


def jobs_of(directory, webhook_id):
    with directory.store.read() as session:
        return session.scalars(select(JobRow).where(JobRow.subject_id == webhook_id)).all()


def partners_check():
    """Return the function of the document by which a partner checks a call."""
    (code,) = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    names = {}
    exec(code, names)
    return names["is_from_the_library"]


def test_nothing_is_sent_until_an_admin_turns_it_on(calling, receiver):
    webhook_id, _ = add_webhook(calling, COMMAND_LINE, NAME, receiver.url)
    assert work(calling) == 0
    assert receiver.calls == []
    turn_webhook(calling, COMMAND_LINE, webhook_id, on=True)
    assert work(calling) == 1
    assert len(receiver.calls) == 1
    turn_webhook(calling, COMMAND_LINE, webhook_id, on=False)
    rename(calling, "Another name")
    assert work(calling) == 0


def test_a_call_says_how_far_the_feed_is_and_nothing_of_a_record(calling, receiver, hook):
    work(calling)
    (call,) = receiver.calls
    assert call.path == "/changed"
    assert json.loads(call.body) == {
        "type": "directory.changed",
        "timestamp": "2026-11-02T09:00:00Z",
        "data": {"cursor": cursor_of(calling), "feed": SITE + FEED},
    }
    assert set(call.headers) == {
        "host", "user-agent", "accept", "accept-encoding", "connection", "content-length",
        "content-type", "webhook-id", "webhook-timestamp", "webhook-signature",
    }  # fmt: skip
    assert read_webhook(calling, hook[0]).last.outcome is CallOutcome.TAKEN


def test_the_feed_is_where_the_call_says(app):
    with app.test_request_context():
        assert app.url_map.bind("").match(FEED) == ("hsds.changes", {})


def test_partners_check_a_call_by_the_code_of_the_document(calling, receiver, hook):
    work(calling)
    (call,) = receiver.calls
    is_from_the_library, secret = partners_check(), hook[1]
    assert is_from_the_library(secret, call.headers, call.body)
    assert not is_from_the_library(secret, call.headers, call.body + b" ")
    later = {**call.headers, "webhook-timestamp": str(int(START.timestamp()) + 1)}
    assert not is_from_the_library(secret, later, call.body)
    _, another = add_webhook(calling, COMMAND_LINE, "Another", receiver.url + "/2")
    assert not is_from_the_library(another, call.headers, call.body)


def test_a_call_that_somebody_sends_again_is_refused_by_that_code(
    calling, receiver, hook, time_machine
):
    work(calling)
    time_machine.move_to(START + timedelta(minutes=6), tick=False)
    (call,) = receiver.calls
    assert not partners_check()(hook[1], call.headers, call.body)


def test_a_new_secret_signs_and_for_a_day_the_earlier_one_too(
    calling, receiver, hook, time_machine
):
    is_from_the_library, (webhook_id, first) = partners_check(), hook
    second = renew_secret(calling, COMMAND_LINE, webhook_id)
    send_test_call(calling, COMMAND_LINE, webhook_id)
    call = receiver.calls[-1]
    assert is_from_the_library(first, call.headers, call.body)
    assert is_from_the_library(second, call.headers, call.body)
    time_machine.move_to(START + timedelta(days=1), tick=False)
    send_test_call(calling, COMMAND_LINE, webhook_id)
    call = receiver.calls[-1]
    assert not is_from_the_library(first, call.headers, call.body)
    assert is_from_the_library(second, call.headers, call.body)


@pytest.mark.slow
def test_many_changes_are_one_call(calling, receiver, hook, time_machine):
    work(calling)
    for number in range(3):
        rename(calling, f"Pantry {number}")
        assert work(calling) == 0, "not within a minute"
    time_machine.move_to(START + MINUTE, tick=False)
    assert work(calling) == 1
    assert work(calling) == 0
    assert len(receiver.calls) == 2
    assert json.loads(receiver.calls[1].body)["data"]["cursor"] == cursor_of(calling)
    assert len(jobs_of(calling, hook[0])) == 1


def test_nothing_of_what_is_withheld_is_in_the_bytes(calling, receiver, hook, time_machine):
    receiver.status = 500
    rename(calling, "Quiet Harbor", visibility=Visibility.WITHHELD.value)
    work(calling)
    rename(calling, "Quiet Harbor again")
    time_machine.move_to(START + MINUTE, tick=False)
    work(calling)
    assert len(receiver.calls) == 2
    for call in receiver.calls:
        told = repr(call).casefold()
        assert "harbor" not in told
        assert PANTRY not in told
        assert "pantry" not in told


@pytest.mark.slow
def test_a_call_that_is_not_taken_comes_again_later_and_later_and_then_ends(
    calling, receiver, hook, time_machine
):
    webhook_id, _ = hook
    receiver.status, at = 503, START
    for pause in PAUSES:
        assert work(calling) == 1
        assert work(calling) == 0
        at += pause
        time_machine.move_to(at - timedelta(seconds=1), tick=False)
        assert work(calling) == 0, "not before the pause is over"
        time_machine.move_to(at, tick=False)
    assert failing_webhooks(calling, timedelta(days=2)) == 1
    assert waiting_webhooks(calling).count == 0
    assert work(calling) == 1
    known = read_webhook(calling, webhook_id)
    assert not known.is_on
    assert known.ended_at == at
    assert known.last.status == 503
    assert waiting_webhooks(calling).count == 1
    assert len({call.headers["webhook-id"] for call in receiver.calls}) == 1
    assert len({call.body for call in receiver.calls}) == 1
    assert len(receiver.calls) == len(PAUSES) + 1
    time_machine.move_to(at + timedelta(days=30), tick=False)
    assert work(calling) == 0
    turn_webhook(calling, COMMAND_LINE, webhook_id, on=True)
    receiver.status = 200
    assert work(calling) == 1
    assert read_webhook(calling, webhook_id).last.outcome is CallOutcome.TAKEN
    assert waiting_webhooks(calling).count == failing_webhooks(calling, timedelta()) == 0


def test_who_takes_a_call_again_is_called_as_usual(calling, receiver, hook, time_machine):
    receiver.status = 0
    work(calling)
    assert read_webhook(calling, hook[0]).last.outcome is CallOutcome.NO_ANSWER
    receiver.status = 200
    time_machine.move_to(START + MINUTE, tick=False)
    work(calling)
    known = read_webhook(calling, hook[0])
    assert known.last.outcome is CallOutcome.TAKEN
    assert known.failing_since is None


@pytest.mark.slow
@pytest.mark.parametrize(
    ("status", "outcome", "is_on"),
    [
        (302, CallOutcome.MOVED, True),
        (410, CallOutcome.GONE, False),
        (401, CallOutcome.FAULT, True),
    ],
)
def test_what_is_made_of_an_answer(calling, receiver, hook, status, outcome, is_on):
    receiver.status = status
    work(calling)
    known = read_webhook(calling, hook[0])
    assert (known.last.outcome, known.last.status, known.is_on) == (outcome, status, is_on)
    assert len(receiver.calls) == 1, "a redirect is not followed"


def test_a_slow_answer_is_none(calling, receiver, hook, monkeypatch):
    monkeypatch.setattr(webhook_calls, "_SECONDS", 0.1)
    receiver.seconds = 0.3
    work(calling)
    assert read_webhook(calling, hook[0]).last.outcome is CallOutcome.NO_ANSWER


def test_a_private_address_is_not_called(calling, receiver, hook):
    webhook_id, _ = add_webhook(calling, COMMAND_LINE, "Inside", "https://127.0.0.1/inside")
    assert send_test_call(calling, COMMAND_LINE, webhook_id).outcome is CallOutcome.REFUSED_ADDRESS


def test_without_open_data_or_an_address_of_the_site_nothing_is_sent(directory, receiver, hook):
    assert queue_due_calls(directory) == 0  # its settings have no address of the site


def test_a_webhook_that_is_removed_is_not_called(calling, receiver, hook):
    queue_due_calls(calling)
    remove_webhook(calling, COMMAND_LINE, hook[0])
    do_work(calling, "w")
    assert receiver.calls == []


def test_two_nodes_make_one_call(postgresql_databases, tmp_path, receiver):
    url = postgresql_databases.filled(the_county)
    one, other = (settings_for(tmp_path / name, url) for name in "ab")
    with opened_directory(one) as first, opened_directory(other) as second:
        nodes = [may_call(node, receiver) for node in (first, second)]
        update_ledger(nodes[0])
        webhook_id, _ = add_webhook(nodes[0], COMMAND_LINE, NAME, receiver.url)
        turn_webhook(nodes[1], COMMAND_LINE, webhook_id, on=True)
        assert [queue_due_calls(node) for node in nodes] == [1, 0]
        for name, node in zip("ab", nodes, strict=True):
            do_work(node, name)
        assert len(receiver.calls) == 1

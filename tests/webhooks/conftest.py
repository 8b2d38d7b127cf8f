"""A program of a partner, and a directory that may call it."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from referral.publishing.ledger_updates import update_ledger
from referral.records.accounts import COMMAND_LINE
from referral.webhooks.registered_webhooks import add_webhook, turn_webhook
from tests.support.editing import the_county
from tests.support.webhook_receiver import webhook_receiver

SITE = "https://help.example.org"
NAME = "Erie 2-1-1"
START = datetime(2026, 11, 2, 9, tzinfo=UTC)


@pytest.fixture
def directory_url(databases):
    """Return the URL of a database with the county."""
    return databases.filled(the_county)


@pytest.fixture
def receiver():
    with webhook_receiver() as server:
        yield server


def may_call(directory, receiver):
    """Give the same directory with settings that let it call the receiver."""
    settings = replace(directory.settings, partner_hosts=(receiver.host,), public_url=SITE)
    return replace(directory, settings=settings)


@pytest.fixture
def calling(directory, receiver, time_machine):
    """Give a directory whose ledger is filled, at a time that stands still."""
    time_machine.move_to(START, tick=False)
    directory = may_call(directory, receiver)
    update_ledger(directory)
    return directory


@pytest.fixture
def hook(calling, receiver):
    """Give the id and the secret of a webhook that is on."""
    webhook_id, secret = add_webhook(calling, COMMAND_LINE, NAME, receiver.url)
    turn_webhook(calling, COMMAND_LINE, webhook_id, on=True)
    return webhook_id, secret

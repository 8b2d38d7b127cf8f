"""Audit log of device links, which make shared computers terminals."""

from __future__ import annotations

from referral.accounts.audit import record_audit
from referral.directory.context import Directory
from referral.records.accounts import Actor


def record_device_link(directory: Directory, actor: Actor, *, terminal: bool) -> None:
    """Note that somebody makes a link by which devices become terminals, or stop being some."""
    action = "terminal-link-made" if terminal else "terminal-end-link-made"
    with directory.store.write() as session:
        record_audit(session, actor, action)

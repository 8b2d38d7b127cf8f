"""``referral suggest-topics``: suggestions of topics for services without any."""

from __future__ import annotations

from collections.abc import Callable

import click

from referral.cli.progress import progress_bars
from referral.directory.instance import opened_instance
from referral.settings import Settings
from referral.topic_suggestions.suggestion_runs import RunSummary, suggest_topics


@click.command("suggest-topics")
@click.option("--all", "everything", is_flag=True, help="Look at all lists, changed or not.")
@click.pass_obj
def suggest_topics_command(settings: Callable[..., Settings], *, everything: bool) -> None:
    """Suggest topics for services without a topic of Referral's taxonomy.

    A serving site and ``referral import`` do this by themselves. Search ranks suggestions below
    topics that staff set; nothing else uses a suggestion until staff accept it.
    """
    with opened_instance(settings()) as instance:
        with progress_bars() as progress:
            summary = suggest_topics(instance, progress, everything=everything)
        instance.index.sync_after_commit()
    click.echo(summary_sentence(summary))


def summary_sentence(summary: RunSummary) -> str:
    """Return a sentence on how many services got a suggested topic in a run, and how many none."""
    return (
        f"{summary.suggested} of {summary.services} services without a topic of ours got a "
        f"suggested topic; {summary.without} got none."
    )

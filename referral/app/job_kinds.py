"""The background job kinds of all features, and the pass of a worker over the queue."""

from __future__ import annotations

from functools import partial

from referral.curation.staff_notes import services_with_notes
from referral.directory.instance import Instance
from referral.duplicates.candidates import FIND_DUPLICATES, run_search_job
from referral.following.pulls import PULL, pull_source, queue_due_pulls
from referral.following.settlement import SETTLE, is_reading, settle_pull
from referral.imports.batches import ESTIMATE
from referral.imports.jobs import IMPORT_JOBS
from referral.imports.secrecy_check import (
    SECRECY_CHECK,
    check_stored_places,
    queue_secrecy_check,
)
from referral.jobs.job_queue import JobKind, JobKinds, run_jobs
from referral.open_data.files.export_files import EXPORT, write_export
from referral.open_data.ledger.ledger_updates import PUBLICATION, run_ledger_job
from referral.topic_suggestions.suggestion_runs import (
    TOPIC_SUGGESTIONS,
    queue_if_changed,
    run_suggestions_job,
)
from referral.verification.confirmation_mails import CONFIRMATION_MAILS, send_confirmations
from referral.vocabulary.usual_needs import estimate_list, waits_for_topics

JOB_KINDS: JobKinds = {
    **IMPORT_JOBS,
    CONFIRMATION_MAILS: JobKind(send_confirmations),
    ESTIMATE: JobKind(estimate_list, waits_for_topics),
    EXPORT: JobKind(write_export),
    FIND_DUPLICATES: JobKind(run_search_job),
    PULL: JobKind(pull_source, comes_last=True),
    SECRECY_CHECK: JobKind(check_stored_places),
    SETTLE: JobKind(partial(settle_pull, services_with_notes), is_reading),
    PUBLICATION: JobKind(run_ledger_job),
    TOPIC_SUGGESTIONS: JobKind(run_suggestions_job),
}


def queue_due_jobs(instance: Instance) -> None:
    """Queue background jobs that are due: pulls, and the secrecy check after its rules changed."""
    queue_secrecy_check(instance)
    queue_due_pulls(instance)


def do_work(instance: Instance, owner: str) -> int:
    """Run all background jobs that wait or are due; return how many.

    ``owner`` is this worker's name.
    """
    queue_due_pulls(instance)
    done = run_jobs(instance, owner, JOB_KINDS)
    if queue_if_changed(instance):
        done += run_jobs(instance, owner, JOB_KINDS)
    return done

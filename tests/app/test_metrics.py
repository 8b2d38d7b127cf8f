"""/metrics: what is counted, for whom, and that nobody's words are in it."""

import os
import re
import subprocess
import sys
import time
from dataclasses import replace
from ipaddress import ip_network

import pytest

from referral.accounts.mail import Mail, MailHostError, send_mail
from referral.app import create_app
from referral.app.metrics import Counters, counting_together
from referral.jobs.job_queue import add_job
from referral.resources import module_path

pytest.importorskip("prometheus_client", reason="prometheus-client is not installed")


@pytest.fixture
def new_client(sample_instance):
    """A site of its own, so that it has counted nothing yet."""
    return create_app(sample_instance.settings, sample_instance).test_client()


def values(client, **how):
    answer = client.get("/metrics", **how)
    assert answer.status_code == 200
    lines = [line for line in answer.text.splitlines() if not line.startswith("#")]
    return dict(line.rsplit(" ", 1) for line in lines)


def test_requests_are_counted_by_route_and_status(new_client):
    new_client.get("/search?q=sekrit+shelter&near=16335")
    new_client.get("/nowhere/sekrit")
    found = values(new_client)
    assert found['referral_requests_total{method="GET",route="/search",status="200"}'] == "1.0"
    missing = 'referral_requests_total{method="GET",route="(no such page)",status="404"}'
    assert found[missing] == "1.0"
    assert found["referral_search_ms_count"] == "1.0"
    assert "sekrit" not in "".join(found)
    assert "16335" not in "".join(found)


def test_a_method_that_is_none_makes_no_series_of_its_own(new_client):
    for name in ("SEKRIT", "SEKRITTOO"):
        new_client.open("/about", method=name)
    assert not re.search("SEKRIT", "".join(values(new_client)))


def test_the_state_of_this_node_is_measured(new_client):
    found = values(new_client)
    assert found["referral_ready"] == "1.0"
    assert found["referral_index_lag"] == "0.0"
    assert float(found["referral_disk_free_bytes"]) > 0
    assert float(found["referral_services"]) >= 300


def test_jobs_that_wait_are_counted(app, instance):
    with instance.store.write() as session:
        add_job(session, "export", "one")
    found = values(app.test_client())
    assert found['referral_jobs{state="waiting"}'] == "1.0"
    assert found['referral_jobs{state="failed"}'] == "0.0"
    assert float(found["referral_oldest_job_seconds"]) >= 0


def test_the_age_of_the_newest_backup_is_measured(sample_instance, tmp_path):
    settings = replace(sample_instance.settings, backup_folder=str(tmp_path))
    client = create_app(settings, replace(sample_instance, given=settings)).test_client()
    assert "referral_backup_age_seconds" not in values(client)
    backup = tmp_path / "referral-2026-11-20-010203.zip"
    backup.touch()
    os.utime(backup, times=(time.time() - 3600,) * 2)
    assert 3600 <= float(values(client)["referral_backup_age_seconds"]) < 4200


def test_mails_that_did_not_go_out_are_counted_by_kind(new_client, sample_instance):
    with pytest.raises(MailHostError):
        send_mail(sample_instance.settings, Mail("pat@example.org", "Hello", "sekrit"))
    found = values(new_client)
    assert found['referral_mail_failures_total{kind="MailHostError"}'] == "1.0"
    assert found['referral_warnings_total{logger="referral.accounts.mail"}'] == "1.0"


@pytest.mark.parametrize("address", ["10.1.2.3", "192.0.2.1", "2001:db8::1", ""])
def test_other_machines_find_no_metrics(new_client, address):
    assert new_client.get("/metrics", environ_base={"REMOTE_ADDR": address}).status_code == 404


@pytest.mark.parametrize("name", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"])
def test_nobody_reads_metrics_through_a_proxy(new_client, name):
    assert new_client.get("/metrics", headers={name: "127.0.0.1"}).status_code == 404


@pytest.mark.slow
def test_the_address_before_proxies_counts(new_client):
    """A trusted proxy may name any address; the connection is still the proxy's."""
    before = {"REMOTE_ADDR": "192.0.2.1"}
    answer = new_client.get("/metrics", environ_base={"werkzeug.proxy_fix.orig": before})
    assert answer.status_code == 404


def test_a_network_can_be_allowed(sample_instance):
    settings = replace(sample_instance.settings, metrics_from=(ip_network("10.1.0.0/16"),))
    client = create_app(settings, sample_instance).test_client()
    assert client.get("/metrics").status_code == 404
    allowed = {"REMOTE_ADDR": "10.1.2.3"}
    assert client.get("/metrics", environ_base=allowed).status_code == 200


COUNT_IN_ANOTHER = """
import logging
from referral.app.metrics import count_warnings_of_worker
count_warnings_of_worker()
logging.getLogger("referral.jobs").warning("one")
"""


def test_processes_of_one_server_count_together(monkeypatch):
    """What a worker counted is in the answer of a process that counted nothing."""
    monkeypatch.setenv("PYTHONPATH", module_path())
    with counting_together():
        subprocess.run([sys.executable, "-c", COUNT_IN_ANOTHER], check=True)
        text, _ = Counters().text([])
    assert 'referral_warnings_total{logger="referral.jobs"} 1.0' in text.decode()
    assert "PROMETHEUS_MULTIPROC_DIR" not in os.environ

"""Prometheus metrics at /metrics, for machines in the networks of the settings only.

Several processes of a server count in files of one folder (``counting_together``), and the process
that answers adds them up. Without the package ``prometheus-client`` there are no metrics.
"""

from __future__ import annotations

import importlib.util
import logging
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any

from flask import Blueprint, Flask, Response, abort, current_app, request
from sqlalchemy.exc import SQLAlchemyError

from referral.app.checks import readiness
from referral.backups.daily_backups import newest_backup_at
from referral.directory.health import count_services, index_lag
from referral.directory.instance import Instance
from referral.jobs.job_queue import JobCounts, count_jobs
from referral.web.current import current_instance, current_settings
from referral.web.request_log import method_of_request, request_ms, route_of_request

_NO_LABELS: tuple[str, ...] = ()
metrics = Blueprint("metrics", __name__)
_SHARED_FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"  # the name that prometheus-client reads
_SEARCH_ENDPOINTS = {"patron.search"}
_SEARCH_MS = (5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000)
_PROXY_HEADERS = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Via")


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """A number for Prometheus, or one number for each combination of labels.

    Attributes:
        values: values of the labels → number; the key is ``()`` without labels.
    """

    name: str
    meaning: str
    values: Mapping[tuple[str, ...], float]
    labels: tuple[str, ...] = field(default=_NO_LABELS)


def measure(instance: Instance) -> list[Measurement]:
    """Return all current numbers for Prometheus, without those from an unavailable database."""
    parts = readiness(instance)
    found = [
        _single_measurement(
            "referral_ready", "Whether this node may be sent visitors.", all(parts.values())
        ),
        _single_measurement(
            "referral_database_up", "Whether the database answers.", parts["database"]
        ),
    ]
    with suppress(OSError):
        free = shutil.disk_usage(instance.settings.instance_path).free
        found.append(
            _single_measurement("referral_disk_free_bytes", "Free in the instance folder.", free)
        )
    if newest := newest_backup_at(instance.settings):
        age = (instance.now() - newest).total_seconds()
        found.append(
            _single_measurement("referral_backup_age_seconds", "Age of the newest backup.", age)
        )
    if parts["database"]:
        lag = index_lag(instance)
        found += [
            _single_measurement(
                "referral_index_ready", "Whether search can answer.", parts["index"]
            ),
            _single_measurement("referral_index_lag", "Changes not yet searchable.", lag),
        ]
        with suppress(SQLAlchemyError):
            services = count_services(instance)
            found.append(
                _single_measurement("referral_services", "Services that the public sees.", services)
            )
            found += _job_measurements(count_jobs(instance))
    return found


def _job_measurements(jobs: JobCounts) -> list[Measurement]:
    return [
        Measurement(
            name="referral_jobs",
            meaning="Jobs in the background that wait, run, stopped or failed.",
            values={(state,): count for state, count in jobs.by_state.items()},
            labels=("state",),
        ),
        _single_measurement(
            "referral_oldest_job_seconds",
            "For how long the oldest job waits.",
            jobs.oldest_waiting_seconds,
        ),
    ]


def _single_measurement(name: str, meaning: str, value: float) -> Measurement:
    return Measurement(name=name, meaning=meaning, values={(): float(value)})


def init_app(app: Flask) -> None:
    """Start counting and register /metrics, if ``prometheus-client`` is installed."""
    if importlib.util.find_spec("prometheus_client") is None:
        return
    counters = Counters()
    app.extensions["metrics"] = counters
    app.register_blueprint(metrics)
    app.after_request(counters.count_request)
    count_warnings(counters)


@contextmanager
def counting_together() -> Iterator[None]:
    """Share this process's Prometheus counters with its child processes in a ``with`` block.

    A folder that is set in the environment is used unchanged: two services may share it.
    """
    if os.environ.get(_SHARED_FOLDER_VARIABLE):
        yield
        return
    folder = tempfile.mkdtemp(prefix="referral-metrics-")
    os.environ[_SHARED_FOLDER_VARIABLE] = folder
    try:
        yield
    finally:
        del os.environ[_SHARED_FOLDER_VARIABLE]
        shutil.rmtree(folder, ignore_errors=True)


class Counters:
    """Prometheus counters of this process: requests, search durations, warnings, failed mails."""

    def __init__(self) -> None:
        # The package decides on first import whether it counts in files.
        from prometheus_client import CollectorRegistry, Counter, Histogram  # noqa: PLC0415

        self.registry = CollectorRegistry()
        self.requests = Counter(
            "referral_requests", "Requests.", ("method", "route", "status"), registry=self.registry
        )
        self.search_ms = Histogram(
            "referral_search_ms",
            "Milliseconds of a page of results.",
            buckets=_SEARCH_MS,
            registry=self.registry,
        )
        self.warnings = Counter(
            "referral_warnings",
            "Warnings and errors in the log.",
            ("logger",),
            registry=self.registry,
        )
        self.mail_failures = Counter(
            "referral_mail_failures",
            "Mails that did not go out.",
            ("kind",),
            registry=self.registry,
        )

    def count_request(self, response: Response) -> Response:
        """Count the current request for Prometheus.

        Its route is a pattern, so labels contain no ids or words.
        """
        self.requests.labels(method_of_request(), route_of_request(), response.status_code).inc()
        if request.endpoint in _SEARCH_ENDPOINTS:
            self.search_ms.observe(request_ms())
        return response

    def text(self, measured: list[Measurement]) -> tuple[bytes, str]:
        """Return all counters and given measurements as Prometheus text, with its content type."""
        from prometheus_client import (  # noqa: PLC0415
            CONTENT_TYPE_LATEST,
            CollectorRegistry,
            generate_latest,
            multiprocess,
        )

        counted = self.registry
        if os.environ.get(_SHARED_FOLDER_VARIABLE):
            counted = CollectorRegistry()
            multiprocess.MultiProcessCollector(counted)
        now = CollectorRegistry()
        now.register(_MeasurementCollector(measured))
        return generate_latest(counted) + generate_latest(now), CONTENT_TYPE_LATEST


class _MeasurementCollector:
    """Collector that converts measurements to metrics of ``prometheus-client``."""

    def __init__(self, measured: list[Measurement]) -> None:
        self._measured = measured

    def collect(self) -> Iterator[Any]:
        from prometheus_client.core import GaugeMetricFamily  # noqa: PLC0415

        for each in self._measured:
            family = GaugeMetricFamily(each.name, each.meaning, labels=each.labels)
            for labels, value in each.values.items():
                family.add_metric(labels, value)
            yield family


class _WarningCounter(logging.Handler):
    def __init__(self, counters: Counters) -> None:
        super().__init__(logging.WARNING)
        self.counters = counters

    def emit(self, record: logging.LogRecord) -> None:
        self.counters.warnings.labels(record.name).inc()
        if kind := vars(record).get("mail_failure"):
            self.counters.mail_failures.labels(kind).inc()


def count_warnings(counters: Counters) -> None:
    """Count the warnings and errors of Referral's loggers from now on."""
    logger = logging.getLogger("referral")
    for old in [each for each in logger.handlers if isinstance(each, _WarningCounter)]:
        logger.removeHandler(old)  # from an earlier application in this process
    logger.addHandler(_WarningCounter(counters))


def count_warnings_of_worker() -> None:
    """Count a worker's log warnings, if it shares the Prometheus counters of a site."""
    if os.environ.get(_SHARED_FOLDER_VARIABLE) and importlib.util.find_spec("prometheus_client"):
        count_warnings(Counters())


@metrics.get("/metrics")
def show() -> Response:
    """Show the Prometheus metrics to machines of allowed networks, else answer 404.

    Requests through a proxy are refused.
    """
    if not _is_allowed():
        abort(404)
    counters: Counters = current_app.extensions["metrics"]
    text, kind = counters.text(measure(current_instance()))
    return Response(text, content_type=kind)


def _is_allowed() -> bool:
    """Return whether a request for metrics comes from an allowed network without a proxy."""
    if any(name in request.headers for name in _PROXY_HEADERS):
        return False
    before_proxies = request.environ.get("werkzeug.proxy_fix.orig", request.environ)
    try:
        address = ip_address(before_proxies.get("REMOTE_ADDR") or "")
    except ValueError:
        return False
    return any(address in each for each in current_settings().metrics_from)

"""Measurement of the size and speed of patrons' pages: ``python -m bench.pages``.

Pages of each kind of an instance are fetched through Flask's test client, warm and compressed with
gzip, as browsers request them. The results are printed as JSON. The instance is only read.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

import click
from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from sqlalchemy import event

from bench.site import addresses_by_kind
from bench.timing import milliseconds, percentiles
from referral.app import create_app
from referral.cli.serve import tune_gc
from referral.directory.instance import opened_instance
from referral.errors import InstanceError
from referral.settings import Settings

_ROUNDS = 3
_FILES = "script[src], link[rel=stylesheet], link[rel=icon], img[src]"

Report = dict[str, Any]


@click.command("pages", context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--instance", "instance_path", type=click.Path(path_type=Path, exists=True), required=True
)
@click.option("--pages", type=click.IntRange(1), default=100, show_default=True, help="Of a kind.")
def pages_command(instance_path: Path, pages: int) -> None:
    """Measure the pages of an instance; prints JSON: kind of page → numbers."""
    with opened_instance(Settings.from_environment(instance_path=instance_path)) as instance:
        client = create_app(instance.settings, instance).test_client()
        tune_gc()  # as serving processes do
        statements: list[str] = []
        event.listen(
            instance.store.engine,
            "before_cursor_execute",
            lambda _connection, _cursor, statement, *_more: statements.append(statement),
        )
        kinds = addresses_by_kind(instance.settings.database_url)
        report = {
            kind: _measure_kind(client, found[:pages], statements) for kind, found in kinds.items()
        }
    print(json.dumps(report, indent=2))


def _measure_kind(client: FlaskClient, addresses: Sequence[str], statements: list[str]) -> Report:
    """Measure a kind of page: compressed kilobytes (1,000 bytes), milliseconds of warm pages."""
    packed_pages = [_fetch_packed(client, address) for address in addresses]
    took, statement_counts = [], []
    for address in addresses:
        rounds = []
        for _ in range(_ROUNDS):
            statements.clear()
            rounds.append(milliseconds(_fetch_packed, client, address))
            statement_counts.append(
                sum(not statement.startswith("BEGIN") for statement in statements)
            )
        took.append(median(rounds))
    files = {
        path: len(_fetch_packed(client, path)) for page in packed_pages for path in _files_of(page)
    }
    first_loads = [
        len(page) + sum(files[path] for path in _files_of(page)) for page in packed_pages
    ]
    return {
        "page_kb_p50": round(median(map(len, packed_pages)) / 1000, 1),
        "page_kb_max": round(max(map(len, packed_pages)) / 1000, 1),
        "first_load_kb_max": round(max(first_loads) / 1000, 1),
        "most_statements": max(statement_counts),
        **percentiles(took),
    }


def _fetch_packed(client: FlaskClient, path: str) -> bytes:
    with client.get(path, headers={"Accept-Encoding": "gzip"}) as answer:
        if answer.status_code != 200:
            raise InstanceError(f"A page answered with {answer.status_code} instead of 200.")
        return answer.get_data()


def _files_of(packed: bytes) -> set[str]:
    """Return the addresses of the styles, scripts and pictures of a page; none for JSON."""
    page = gzip.decompress(packed) if packed.startswith(b"\x1f\x8b") else packed
    soup = BeautifulSoup(page, "html.parser")
    return {str(tag.get("src") or tag["href"]) for tag in soup.select(_FILES)}


if __name__ == "__main__":
    pages_command()

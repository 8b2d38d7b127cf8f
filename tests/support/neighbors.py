"""Two libraries that follow each other over HTTP, with random changes and faults."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID
from wsgiref.types import StartResponse, WSGIEnvironment

from sqlalchemy import select

from referral.app import create_app
from referral.app.job_kinds import do_work
from referral.curation.staff_notes import StaffNote, read_staff_notes, save_staff_note
from referral.directory.instance import Instance, open_instance
from referral.duplicates.merge import merge_records
from referral.following.followed_sources import list_followed, save_followed
from referral.following.pulls import queue_due_pulls
from referral.following.records import SourceForm, SourceKind
from referral.following.rows import FollowedSourceRow
from referral.following.small_changes import SMALL_CHANGES
from referral.imports.batches import apply_batch
from referral.imports.records import BatchState
from referral.imports.review import read_batch
from referral.open_data.ledger.ledger_updates import update_ledger
from referral.records.accounts import COMMAND_LINE
from referral.records.edits import Author, MadeBy
from referral.records.hsds import (
    Address,
    Location,
    Organization,
    Phone,
    Schedule,
    Service,
    ServiceAtLocation,
)
from referral.records.record_ids import HAND_SOURCE
from referral.store.conversion import row_from
from referral.store.rows import LocationRow, PhoneRow, ServiceAtLocationRow, ServiceRow
from tests.conftest import settings_for
from tests.support.databases import migrate_and_fill
from tests.support.server import free_port, serving

_BY_HAND = Author(made_by=MadeBy.HAND, account_id="a1")
_FAULTS = ("cut", "500", "silence")


class FaultyWire:
    """WSGI wrapper around a site that records withheld words in its responses and can fail.

    Attributes:
        secrets: words of withheld records.
        leaks: the secrets that were in a response.
        fault: one of ``_FAULTS``, for the next response only.
    """

    def __init__(self, app: Any, secrets: set[str]) -> None:
        self.app, self.secrets = app, secrets
        self.leaks: list[str] = []
        self.fault = ""
        self.answers = 0

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        """Answer a request, or fail once as ``fault`` requires."""
        fault, self.fault = self.fault, ""
        if fault == "500":
            start("500 Internal Server Error", [("Content-Length", "0")])
            return [b""]
        if fault == "silence":
            start("200 OK", [("Content-Length", "1000")])
            return [b""]
        started: list[Any] = []

        def record_start(
            status: str, headers: list[tuple[str, str]], *_: object
        ) -> Callable[..., object]:
            started[:] = [status, headers]
            return lambda _: None

        body = b"".join(self.app(environ, record_start))
        self.answers += 1
        self.leaks += [secret for secret in self.secrets if secret.encode() in body]
        status, headers = started
        headers = [(name, value) for name, value in headers if name.lower() != "content-length"]
        start(status, [*headers, ("Content-Length", str(len(body)))])
        return [body[: len(body) // 2]] if fault == "cut" else [body]


class Neighbor:
    """One of two libraries that follow each other.

    Attributes:
        secrets: words of the records that it withholds now.
        notes: its staff notes on services of the other library, by service id.
        count: the number of services that it has added.
    """

    def __init__(self, folder: Path, name: str, rng: random.Random) -> None:
        self.name, self.folder, self.rng = name, folder, rng
        self.other: Neighbor
        self.port = free_port()
        self.count = 0
        self.secrets: set[str] = set()
        self.notes: dict[str, str] = {}
        self._copy: tuple[set[str], dict[str, str], int] | None = None
        folder.mkdir()
        self._file = folder / "referral.sqlite3"
        url = f"sqlite:///{self._file.as_posix()}"
        migrate_and_fill(url, lambda _: None)
        self._settings = settings_for(folder, url)
        self._stack = ExitStack()

    def start(self) -> None:
        """Open the instance and serve it."""
        hosts = (f"127.0.0.1:{self.other.port}",)
        self.instance: Instance = open_instance(replace(self._settings, partner_hosts=hosts))
        self._stack.callback(self.instance.close)
        self.wire = FaultyWire(create_app(self.instance.settings, self.instance), self.secrets)
        self._stack.enter_context(serving(self.wire, self.port))

    def stop(self) -> None:
        """Stop serving, and close the instance."""
        self.leaks = [*getattr(self, "leaks", []), *self.wire.leaks]
        self._stack.close()
        self._stack = ExitStack()

    def restart(self) -> None:
        """Stop the library, and start it again on the same database."""
        self.stop()
        self.start()

    def keep_copy(self) -> None:
        """Copy the database as it is now, to be restored later."""
        self.stop()
        shutil.copyfile(self._file, self.folder / "copy")
        self._copy = set(self.secrets), dict(self.notes), self.count
        self.start()

    def restore(self) -> bool:
        """Restore the copy of the database, if there is one; later changes are lost."""
        if self._copy is None:
            return False
        self.stop()
        for extra in self.folder.glob("referral.sqlite3-*"):
            extra.unlink()
        shutil.copyfile(self.folder / "copy", self._file)
        secrets, notes, _ = self._copy
        self.secrets.clear()
        self.secrets.update(secrets)
        self.notes = dict(notes)
        self.start()
        return True

    def follow(self, kind: SourceKind) -> None:
        """Follow the other library, with all small changes applied automatically."""
        form = SourceForm(
            name=self.other.name,
            kind=kind,
            address=f"http://127.0.0.1:{self.other.port}/hsds/3.1",
            is_on=True,
            small_changes=frozenset(SMALL_CHANGES),
            is_handed_on=True,
        )
        save_followed(self.instance, form)

    # ------------------------------------------------------------------ work of its staff
    def add(self) -> None:
        """Add a service with its organization, location, phone and hours."""
        self.count += 1
        number = self.count
        key = f"{self.rng.getrandbits(32):08x}-0000-4000-8000-{number:012x}"
        word = f"{self.name}{number}q{self.rng.getrandbits(40):x}"
        agency, service, place, link = (
            str(UUID(key[:9] + f"{n:04d}" + key[13:])) for n in (1, 2, 3, 4)
        )
        records = [
            Organization(id=agency, name=f"Table {word}", description="We help."),
            Service(
                id=service, organization_id=agency, name=f"Pantry {word}", status="active",
                description=f"Groceries {word}.",
            ),
            Location(
                id=place, organization_id=agency, name=f"Hall {word}", location_type="physical",
                latitude=41.6, longitude=-80.1,
            ),
            ServiceAtLocation(id=link, service_id=service, location_id=place),
            Address(
                id=str(UUID(key[:9] + "0005" + key[13:])), location_id=place,
                address_1=f"{number + 100} Elm{word} St", city="Meadville", state_province="PA",
                postal_code="16335", country="US", address_type="physical",
            ),
            Phone(
                id=str(UUID(key[:9] + "0006" + key[13:])), service_id=service,
                number=f"814-555-{number % 10_000:04}", tel=f"+1814555{number % 10_000:04}",
            ),
            Schedule(
                id=str(UUID(key[:9] + "0007" + key[13:])), service_id=service, freq="WEEKLY",
                byday="MO", opens_at="09:00", closes_at="12:00",
            ),
        ]  # fmt: skip
        with self.instance.store.write(_BY_HAND) as session:
            for record in records:
                row = row_from(record)
                row.source, row.source_key = HAND_SOURCE, record.id
                session.add(row)

    def edit(self) -> None:
        """Change the phone or the description of a random service of its own."""
        service_id = self._random_service_id(HAND_SOURCE)
        if service_id is None:
            return
        with self.instance.store.write(_BY_HAND) as session:
            service = session.get_one(ServiceRow, service_id)
            phone = session.scalar(select(PhoneRow).where(PhoneRow.service_id == service_id))
            if phone is not None and self.rng.random() < 0.5:
                phone.number = f"814-555-{self.rng.randrange(10_000):04}"
                phone.tel = f"+1814555{phone.number[-4:]}"
            else:
                service.description = f"Groceries, said {self.rng.getrandbits(30):x}."

    def delete(self) -> None:
        """Retire a random service of its own."""
        service_id = self._random_service_id(HAND_SOURCE)
        if service_id is not None:
            with self.instance.store.write(_BY_HAND) as session:
                session.get_one(ServiceRow, service_id).retired_at = self.instance.now()

    def withhold(self) -> None:
        """Withhold a random service, or its location, of its own or of the other library."""
        service_id = self._random_service_id(self.rng.choice((HAND_SOURCE, self.other.name)))
        if service_id is None:
            return
        with self.instance.store.write(_BY_HAND) as session:
            service = session.get_one(ServiceRow, service_id)
            place = session.scalar(
                select(LocationRow)
                .join(ServiceAtLocationRow, ServiceAtLocationRow.location_id == LocationRow.id)
                .where(ServiceAtLocationRow.service_id == service_id)
            )
            if place is not None and self.rng.random() < 0.5:
                place.visibility = "withheld"
                self.secrets.update(
                    (f"Hall {_last_word(place.name)}", f"Elm{_last_word(place.name)}")
                )
            else:
                service.visibility = "withheld"
                self.secrets.add(service.description)  # a merge may name it elsewhere

    def merge(self) -> None:
        """Merge two random services of its own."""
        first, second = self._random_service_id(HAND_SOURCE), self._random_service_id(HAND_SOURCE)
        if first and second and first != second:
            merge_records(self.instance, COMMAND_LINE, "service", first, second)

    def note(self) -> None:
        """Write a staff note on a random service of the other library."""
        service_id = self._random_service_id(self.other.name)
        if service_id is not None:
            self.notes[service_id] = text = f"Ours {self.rng.getrandbits(30):x}"
            save_staff_note(self.instance, service_id, StaffNote(note=text), COMMAND_LINE)

    def _random_service_id(self, source: str) -> str | None:
        with self.instance.store.read() as session:
            ids = session.scalars(
                select(ServiceRow.id)
                .where(
                    ServiceRow.source == source,
                    ServiceRow.retired_at.is_(None),
                    ServiceRow.visibility == "public",
                )
                .order_by(ServiceRow.id)
            ).all()
        return self.rng.choice(ids) if ids else None

    # ------------------------------------------------------------------ following
    def publish(self) -> None:
        """Update the ledger, as a worker does every few seconds."""
        update_ledger(self.instance)

    def pull(self, fault: str = "") -> None:
        """Pull the changes of the other library, and apply the import batch that awaits review.

        Args:
            fault: one of ``_FAULTS`` for the first request to the other library, or none.
        """
        self.other.wire.fault = fault
        with self.instance.store.write() as session:
            for row in session.scalars(select(FollowedSourceRow)):
                row.next_at = self.instance.now()
        queue_due_pulls(self.instance)
        do_work(self.instance, "w")
        self.other.wire.fault = ""
        for source in list_followed(self.instance):
            if source.batch_id:
                page = read_batch(self.instance, source.batch_id)
                if page.state is BatchState.READY:
                    codes = [doubt.code for doubt in page.doubts]
                    apply_batch(self.instance, source.batch_id, confirmed=codes)
                    do_work(self.instance, "w")

    # ------------------------------------------------------------------ reading its records
    def public(self, source: str = "") -> dict[str, dict[str, Any]]:
        """Return the visible fields of all services in its API, or of one source, by id."""
        with self.instance.store.read() as session:
            ids = set(session.scalars(select(ServiceRow.id).where(ServiceRow.source == source)))
        answer = (
            create_app(self.instance.settings, self.instance)
            .test_client()
            .get("/hsds/3.1/services", query_string={"format": "ndjson", "full": "true"})
        )
        found = [json.loads(line) for line in answer.text.splitlines()]
        return {
            service["id"]: _public_fields(service)
            for service in found
            if not source or service["id"] in ids
        }

    def withholds(self, service_id: str) -> bool:
        """Return whether it has a service and withholds it or one of its locations."""
        with self.instance.store.read() as session:
            service = session.get(ServiceRow, service_id)
            location_visibilities = session.scalars(
                select(LocationRow.visibility)
                .join(ServiceAtLocationRow, ServiceAtLocationRow.location_id == LocationRow.id)
                .where(ServiceAtLocationRow.service_id == service_id)
            ).all()
            return service is not None and any(
                visibility != "public"
                for visibility in (service.visibility, *location_visibilities)
            )

    def kept_notes(self) -> dict[str, str]:
        """Return its staff notes as they are stored, by service id."""
        found = read_staff_notes(self.instance, list(self.notes))
        return {key: found[key].note for key in self.notes if key in found}


def random_rounds(pair: tuple[Neighbor, Neighbor], rng: random.Random) -> Iterator[str]:
    """Yield the name of a random change at one of two libraries, after making it.

    After half of the changes one library pulls from the other, sometimes with a fault.
    """
    while True:
        library = rng.choice(pair)
        action = rng.choices(
            ("add", "edit", "delete", "withhold", "merge", "note", "restart", "keep", "restore"),
            (8, 10, 3, 3, 2, 4, 1, 0.6, 0.6),
        )[0]
        if action == "keep":
            library.keep_copy()
        else:
            getattr(library, action)()
        if rng.random() < 0.5:
            puller = rng.choice(pair)
            if rng.random() < 0.8:
                puller.other.publish()
            puller.pull(rng.choice(_FAULTS) if rng.random() < 0.25 else "")
        yield action


def _last_word(name: str) -> str:
    return name.rpartition(" ")[2]


def _public_fields(service: dict[str, Any]) -> dict[str, Any]:
    links = service.get("service_at_locations", ())
    return {
        "name": service["name"],
        "description": service.get("description"),
        "organization": service["organization"]["name"],
        "phones": sorted(phone["number"] for phone in service.get("phones", ())),
        "hours": sorted(
            (schedule.get("byday", ""), schedule.get("opens_at", ""))
            for schedule in service.get("schedules", ())
        ),
        "places": sorted(
            (link["location"].get("name", ""), address.get("address_1", ""))
            for link in links
            if "location" in link
            for address in link["location"].get("addresses", ())
        ),
    }

"""Two libraries that follow each other over HTTP on this machine, with what goes wrong between."""

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


class Wire:
    """A site as others see it: counts what is withheld and sent all the same, and may fail."""

    def __init__(self, app: Any, secrets: set[str]) -> None:
        self.app, self.secrets = app, secrets
        self.leaks: list[str] = []
        self.fault = ""
        self.answers = 0

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        """Answer, or fail in the way that is wanted once."""
        fault, self.fault = self.fault, ""
        if fault == "500":
            start("500 Internal Server Error", [("Content-Length", "0")])
            return [b""]
        if fault == "silence":
            start("200 OK", [("Content-Length", "1000")])
            return [b""]
        said: list[Any] = []

        def keep(status: str, headers: list[tuple[str, str]], *_: object) -> Callable[..., object]:
            said[:] = [status, headers]
            return lambda _: None

        body = b"".join(self.app(environ, keep))
        self.answers += 1
        self.leaks += [each for each in self.secrets if each.encode() in body]
        status, headers = said
        kept = [pair for pair in headers if pair[0].lower() != "content-length"]
        start(status, [*kept, ("Content-Length", str(len(body)))])
        return [body[: len(body) // 2]] if fault == "cut" else [body]


class Neighbour:
    """One of two libraries; ``secrets`` are words of what it withholds now."""

    def __init__(self, folder: Path, name: str, rng: random.Random) -> None:
        self.name, self.folder, self.rng = name, folder, rng
        self.other: Neighbour
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
        """Open the directory and serve it."""
        hosts = (f"127.0.0.1:{self.other.port}",)
        self.instance: Instance = open_instance(replace(self._settings, partner_hosts=hosts))
        self._stack.callback(self.instance.close)
        self.wire = Wire(create_app(self.instance.settings, self.instance), self.secrets)
        self._stack.enter_context(serving(self.wire, self.port))

    def stop(self) -> None:
        """Stop serving and close everything."""
        self.leaks = [*getattr(self, "leaks", []), *self.wire.leaks]
        self._stack.close()
        self._stack = ExitStack()

    def restart(self) -> None:
        """Stop, and start again on the same database."""
        self.stop()
        self.start()

    def keep_copy(self) -> None:
        """Keep the database as it is now, to be restored later."""
        self.stop()
        shutil.copyfile(self._file, self.folder / "copy")
        self._copy = set(self.secrets), dict(self.notes), self.count
        self.start()

    def restore(self) -> bool:
        """Put the database back as it was when a copy was kept; what came since is lost."""
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
        """Follow the other library, with all small changes applied by themselves."""
        said = SourceForm(
            name=self.other.name,
            kind=kind,
            address=f"http://127.0.0.1:{self.other.port}/hsds/3.1",
            is_on=True,
            small_changes=frozenset(SMALL_CHANGES),
            is_handed_on=True,
        )
        save_followed(self.instance, said)

    # ------------------------------------------------------------------ work here
    def add(self) -> None:
        """Add a service with its organization, place, phone and hours."""
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
        """Change a text, a phone or the hours of a service of its own."""
        service_id = self._one(HAND_SOURCE)
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
        """Take a service of its own off the list."""
        service_id = self._one(HAND_SOURCE)
        if service_id is not None:
            with self.instance.store.write(_BY_HAND) as session:
                session.get_one(ServiceRow, service_id).retired_at = self.instance.now()

    def withhold(self) -> None:
        """Withhold a service, or its place, of its own or of the other library."""
        service_id = self._one(self.rng.choice((HAND_SOURCE, self.other.name)))
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
                self.secrets.update((f"Hall {_word(place.name)}", f"Elm{_word(place.name)}"))
            else:
                service.visibility = "withheld"
                self.secrets.add(service.description)  # a merge may name it elsewhere

    def merge(self) -> None:
        """Merge two services of its own."""
        first, second = self._one(HAND_SOURCE), self._one(HAND_SOURCE)
        if first and second and first != second:
            merge_records(self.instance, COMMAND_LINE, "service", first, second)

    def note(self) -> None:
        """Say something of our own of a service that the other library has."""
        service_id = self._one(self.other.name)
        if service_id is not None:
            self.notes[service_id] = text = f"Ours {self.rng.getrandbits(30):x}"
            save_staff_note(self.instance, service_id, StaffNote(note=text), COMMAND_LINE)

    def _one(self, source: str) -> str | None:
        row = ServiceRow
        with self.instance.store.read() as session:
            ids = session.scalars(
                select(row.id)
                .where(row.source == source, row.retired_at.is_(None), row.visibility == "public")
                .order_by(row.id)
            ).all()
        return self.rng.choice(ids) if ids else None

    # ------------------------------------------------------------------ following
    def publish(self) -> None:
        """Bring the ledger up to date, as a worker does every few seconds."""
        update_ledger(self.instance)

    def pull(self, fault: str = "") -> None:
        """Look for news of the other library, and accept what waits."""
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

    # ------------------------------------------------------------------ what is there
    def public(self, source: str = "") -> dict[str, dict[str, Any]]:
        """The services, or those of a source, that its API shows, with what people see of them."""
        with self.instance.store.read() as session:
            ids = set(session.scalars(select(ServiceRow.id).where(ServiceRow.source == source)))
        answer = (
            create_app(self.instance.settings, self.instance)
            .test_client()
            .get("/hsds/3.1/services", query_string={"format": "ndjson", "full": "true"})
        )
        found = [json.loads(line) for line in answer.text.splitlines()]
        return {each["id"]: _seen(each) for each in found if not source or each["id"] in ids}

    def withholds(self, service_id: str) -> bool:
        """Whether it withholds a service that it has, or a place of it."""
        link, place = ServiceAtLocationRow, LocationRow
        with self.instance.store.read() as session:
            service = session.get(ServiceRow, service_id)
            places = session.scalars(
                select(place.visibility)
                .join(link, link.location_id == place.id)
                .where(link.service_id == service_id)
            ).all()
            return service is not None and any(
                each != "public" for each in (service.visibility, *places)
            )

    def kept_notes(self) -> dict[str, str]:
        """Our notes as they are stored."""
        found = read_staff_notes(self.instance, list(self.notes))
        return {key: found[key].note for key in self.notes if key in found}


def random_rounds(pair: tuple[Neighbour, Neighbour], rng: random.Random) -> Iterator[str]:
    """Do something at one of the two, and let one of them pull now and then; what was done."""
    while True:
        one = rng.choice(pair)
        what = rng.choices(
            ("add", "edit", "delete", "withhold", "merge", "note", "restart", "keep", "restore"),
            (8, 10, 3, 3, 2, 4, 1, 0.6, 0.6),
        )[0]
        if what == "keep":
            one.keep_copy()
        else:
            getattr(one, what)()
        if rng.random() < 0.5:
            puller = rng.choice(pair)
            if rng.random() < 0.8:
                puller.other.publish()
            puller.pull(rng.choice(_FAULTS) if rng.random() < 0.25 else "")
        yield what


def _word(name: str) -> str:
    return name.rpartition(" ")[2]


def _seen(found: dict[str, Any]) -> dict[str, Any]:
    links = found.get("service_at_locations", ())
    return {
        "name": found["name"],
        "description": found.get("description"),
        "organization": found["organization"]["name"],
        "phones": sorted(phone["number"] for phone in found.get("phones", ())),
        "hours": sorted(
            (each.get("byday", ""), each.get("opens_at", "")) for each in found.get("schedules", ())
        ),
        "places": sorted(
            (place["location"].get("name", ""), address.get("address_1", ""))
            for place in links
            if "location" in place
            for address in place["location"].get("addresses", ())
        ),
    }

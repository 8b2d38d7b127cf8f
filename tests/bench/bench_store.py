"""A store of synthetic services, and the listings of any store one after the other.

It is filled by plain statements and without the change log, since the index is made after it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine, create_engine, insert, select

from referral.records.kinds import kind_of
from referral.records.listing import Listing
from referral.records.visibility import Audience
from referral.store import Store
from referral.store.batches import in_batches
from referral.store.conversion import ROWS, columns_of
from referral.store.listings import load_listings
from referral.store.rows import ServiceRow
from referral.store.terms import load_terms
from referral.store.visible import shown_services
from tests.bench.synthetic import synthetic_services, synthetic_terms

_ROWS_AT_ONCE = 5_000
_LISTINGS_AT_ONCE = 250

OnDone = Callable[[int], None]


def fill_synthetic(database_url: str, services: int, on_done: OnDone) -> None:
    """Write so many synthetic services to a migrated SQLite store that has the headings."""
    with filling(database_url) as engine:
        rows: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
        more = {"updated_at": datetime.now(UTC), "unmapped": {}}
        rows["taxonomy_term"] = [{**columns_of(term), **more} for term in synthetic_terms()]
        for number, records in enumerate(synthetic_services(services), start=1):
            for record in records:
                rows[kind_of(record)].append({**columns_of(record), **more})
            if number % _ROWS_AT_ONCE == 0 or number == services:
                with engine.begin() as connection:
                    for kind, some in rows.items():
                        connection.execute(insert(ROWS[kind]), some)
                rows.clear()
                on_done(number)


def stored_listings(store: Store) -> Iterator[Listing]:
    """All public listings, by service id; no more than a few hundred are held."""
    with store.read() as session:
        ids = session.scalars(
            select(ServiceRow.id).where(shown_services(Audience.PUBLIC)).order_by(ServiceRow.id)
        ).all()
        terms = load_terms(session)
        for some in in_batches(ids, _LISTINGS_AT_ONCE):
            yield from load_listings(session, some, Audience.PUBLIC, terms)
            session.expunge_all()  # or a session would keep every row it ever read


@contextmanager
def filling(database_url: str) -> Iterator[Engine]:
    """An engine for filling a store that nothing follows yet: foreign keys are not looked at."""
    engine = create_engine(database_url)
    try:
        yield engine
    finally:
        engine.dispose()

"""An imported list of a small county that tests edit, and forms typed as a person types them."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from referral.curation.drafts import read_draft
from referral.curation.form_parser import ParsedForm, parse_form
from referral.curation.form_text import format_draft
from referral.directory.instance import Instance
from referral.imports.seed_lists import load_base
from referral.records.accounts import Actor, Role
from referral.records.listing import Listing
from referral.records.record_ids import record_id
from referral.records.visibility import Audience
from referral.store.listings import load_listings
from tests.support.imported import import_list
from tests.support.provider_lists import pantry_list
from tests.support.staff import add_account

SOURCE = "county"
PAT = Actor("", "Pat")
TODAY = date(2026, 11, 25)


def of_list(kind: str, key: str) -> str:
    """Return the id of a record of the imported list."""
    return record_id(SOURCE, kind, key)


ORGANIZATION, PANTRY, SHELTER = (
    of_list("organization", "o1"), of_list("service", "s1"), of_list("service", "s2"),
)  # fmt: skip
HALL, SAFE_HOUSE = of_list("location", "l1"), of_list("location", "l2")


def bring_in(instance: Instance, folder: Path) -> None:
    """Import the list of the county."""
    import_list(instance, pantry_list(folder / "list"), source=SOURCE)


def the_county(instance: Instance) -> None:
    """Import the list of the county: a filling for databases that tests copy."""
    with TemporaryDirectory() as name:
        bring_in(instance, Path(name))


def the_county_for_staff(instance: Instance) -> None:
    """Import the base data and the list of the county, and add an account with all roles."""
    load_base(instance)
    the_county(instance)
    add_account(instance, Role)


def typed(
    instance: Instance,
    kind: str,
    record: str,
    rows: dict[str, Any] | None = None,
    **fields: Any,
) -> ParsedForm:
    """Return the form of a stored record with some fields and lists of rows replaced, parsed.

    In the keywords of ``fields``, ``__`` stands for a dot.
    """
    stored = read_draft(instance, kind, record)
    form = format_draft(stored)
    form = replace(
        form,
        fields={**form.fields, **{name.replace("__", "."): text for name, text in fields.items()}},
        rows={**form.rows, **{kind: tuple(some) for kind, some in (rows or {}).items()}},
    )
    return parse_form(form, stored, TODAY)


def public(instance: Instance, service: str) -> Listing | None:
    """Return the public listing of a service, or None if it has none."""
    with instance.store.read() as session:
        return next(iter(load_listings(session, [service], Audience.PUBLIC)), None)

"""Columns of iCarol's wide CSV by field, and the privacy flags beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from referral.errors import refused
from referral.fields.text import clean_line
from referral.formats.files.tables import Row, Tables, fold_header
from referral.message import Message, message

KEY = "resourceagencynum"
LEVEL = "taxonomylevelname"
PARENT = "parentagencynum"
PARENT_NAME = "parentagency"
DESCRIPTION = "agencydescription"
APPROVED_BY = "lastverificationapprovedby"
HINTS = "searchhints"
PROGRAM_OF_SITE = "connectstoprogramnum"
SITE_OF_PROGRAM = "connectstositenum"
STATUS = "agencystatus"
SIGNATURE = (KEY, LEVEL)

FIELDS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "organization": {
        "name": ("publicname", "officialname", "alternatename"),
        "alternate_name": ("alternatename",),
        "description": ("agencydescription",),
        "website": ("websiteaddress",),
        "email": ("emailaddressmain",),
        "legal_status": ("legalstatus", "agencyclassification"),
        "tax_status": ("irsstatus",),
        "tax_id": ("federalemployeridentificationnumber", "fein", "ein"),
        "year_incorporated": ("yearincorporated",),
    },
    "service": {
        "name": ("publicname", "officialname", "alternatename"),
        "alternate_name": ("alternatename",),
        "description": ("agencydescription",),
        "url": ("websiteaddress",),
        "email": ("emailaddressmain",),
        "application_process": ("applicationprocess",),
        "fees_description": ("feestructuresource",),
        "wait_time": ("normalwaittime",),
        "eligibility_description": ("eligibility",),
        "licenses": ("licenseaccreditation",),
        "assured_date": ("lastverifiedon",),
        "verified_by": ("lastverifiedbyname", APPROVED_BY),
        "keywords": (HINTS,),
    },
    "location": {
        "name": ("publicname", "officialname", "alternatename"),
        "alternate_name": ("alternatename",),
        "description": ("agencydescription", "physicallocationdescription"),
        "url": ("websiteaddress",),
        "transportation": ("busserviceaccess", "publicaccesstransportation"),
        "latitude": ("latitude",),
        "longitude": ("longitude",),
    },
    "service_at_location": {"description": ("agencydescription",)},
}
HOURS = ("hoursofoperation", "hours")
LANGUAGES = ("languagesofferedlist", "languagesoffered")
AREAS = ("coverage", "coverageareatext", "coveragearea")
TERM_NAMES = ("taxonomyterms", "taxonomyterm", "tax")
TERM_CODES = "taxonomycodes"
ACCESS = "disabilitiesaccess"
DOCUMENTS = "documentsrequired"
FUNDING = "sourceoffunds"
CAPACITY = {"unit": ("capacitytype",), "maximum": ("servicecapacity",)}
PAYMENTS = "paymentmethods"
MESSAGE = ("temporarymessage", "temporarymessageappears", "temporarymessageexpires")
CONTACTS = ("seniorworker", "maincontact")
_LEVELS = {
    "agency": "organization",
    "program": "service",
    "site": "location",
    "programatsite": "service_at_location",
}


@dataclass(frozen=True, slots=True)
class PhoneColumns:
    """The iCarol columns of one phone; ``words`` describe a phone whose row does not."""

    number: tuple[str, ...]
    kind: tuple[str, ...]
    description: tuple[str, ...]
    private: tuple[str, ...]
    words: str = ""
    type: str = ""


def _numbered_phone(number: int) -> PhoneColumns:
    base = f"phone{number}"
    return PhoneColumns(
        number=(f"{base}number", f"phonenumber{number}"),
        kind=(f"{base}name", f"{base}type"),
        description=(f"{base}description", f"phonenumber{number}description"),
        private=(f"{base}isprivate", f"phonenumber{number}isprivate"),
    )


def _named_phone(name: str, words: str, kind: str = "") -> PhoneColumns:
    bases = (f"phonenumber{name}", f"phone{name}")
    return PhoneColumns(
        number=bases,
        kind=(),
        description=tuple(f"{base}description" for base in bases),
        private=tuple(f"{base}isprivate" for base in bases),
        words=words,
        type=kind,
    )


PHONES = (
    *(_numbered_phone(number) for number in range(1, 6)),
    _named_phone("hotline", "Hotline"),
    _named_phone("tollfree", "Toll free"),
    _named_phone("businessline", "Business line"),
    _named_phone("afterhours", "After hours"),
    _named_phone("outofarea", "From out of the area"),
    _named_phone("tty", "", "textphone"),
    _named_phone("fax", "", "fax"),
)


@dataclass(frozen=True, slots=True)
class AddressColumns:
    """The iCarol columns of one address, which share a prefix such as ``physical``."""

    base: str
    type: str

    def fields(self) -> Mapping[str, tuple[str, ...]]:
        """Return the iCarol columns that may contain each field of an address."""
        return {
            "attention": (f"{self.base}attentionname",),
            "address_1": (f"{self.base}address1",),
            "address_2": (f"{self.base}address2",),
            "city": (f"{self.base}city",),
            "region": (f"{self.base}county",),
            "state_province": (f"{self.base}stateprovince",),
            "postal_code": (f"{self.base}postalcode", f"{self.base}zipcode"),
            "country": (f"{self.base}country",),
        }

    @property
    def private(self) -> str:
        """Return the iCarol column that marks an address as private."""
        return f"{self.base}addressisprivate"


ADDRESSES = (
    AddressColumns("physical", "physical"),
    AddressColumns("mailing", "postal"),
    AddressColumns("other", "physical"),
)


def is_icarol_header(cells: Sequence[str]) -> bool:
    """Return whether cells are the header row of iCarol's CSV export."""
    return set(SIGNATURE) <= {fold_header(cell) for cell in cells}


def recognize_icarol(tables: Tables) -> Message | None:
    """Return the reason why tables are taken for iCarol's CSV export, None if they are not."""
    for table in tables.by_stem.values():
        if table.has(*SIGNATURE):
            shown = " and ".join(table.shown[header] for header in SIGNATURE)
            return message(
                "It has one table with %(columns)s, as iCarol's resource export has.", columns=shown
            )
    return None


def check_icarol(tables: Tables) -> None:
    """Refuse a source list without a table of an iCarol export.

    Raises:
        RefusedError: no table has the columns of the export.
    """
    if not recognize_icarol(tables):
        raise refused(
            "No table has the columns ResourceAgencyNum and TaxonomyLevelName, by which "
            "iCarol's resource export is read."
        )


def level_of(row: Row) -> str:
    """Return the kind of record that an iCarol row describes, "" if its level is unknown."""
    word = clean_line(row.get(LEVEL)).casefold().replace(" ", "").replace("-", "")
    return _LEVELS.get(word.replace("@", "at"), "")

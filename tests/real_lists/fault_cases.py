"""Small invented lists, each with a fault that real lists have, and what must come out of it.

A table to add to: name, file, text, then how many services, phones and opening hours (rules that a
clock can follow) are read, and the codes of the doubts or problems that must be raised.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field

HEADER = "Agency,Program,Address,City,State,Zip,Phone,Hours,Website"
ROWS = (
    'Hope Center,Food Pantry,12 Main St,Meadville,PA,16335,814-555-0101,"Mon, Wed 9am-12pm",hope.example.org',
    "Care House,Tax Help,3 Elm Ave,Erie,PA,16501,(814) 555-0102,Tue 10am-4pm,care.example.org",
    'Ridge Clinic,"Dental, Vision",40 Oak Rd,Titusville,PA,16354,814.555.0103,Mon-Fri 8:00-16:30,',
)
LIST = "\n".join((HEADER, *ROWS)) + "\n"


@dataclass(frozen=True, kw_only=True)
class FaultCase:
    """A list with its faults and what must be read of it."""

    name: str
    text: str | bytes
    file: str = "list.csv"
    services: int = 3
    phones: int = 3
    hours: int = 3
    places: int | None = None
    says: frozenset[str] = field(default_factory=frozenset)
    doubts: frozenset[str] = field(default_factory=frozenset)

    @property
    def content(self) -> bytes:
        """The bytes of the file."""
        return self.text if isinstance(self.text, bytes) else self.text.encode()


def case(name: str, text: str | bytes, **expected: object) -> FaultCase:
    """Give a case; what is not said is as in ``LIST``."""
    return FaultCase(name=name, text=text, **expected)  # type: ignore[arg-type]


def said(*codes: str) -> frozenset[str]:
    """Give the codes that must be among those of problems."""
    return frozenset(codes)


def with_header(header: str) -> str:
    """Write the list under other headers."""
    return "\n".join((header, *ROWS)) + "\n"


def separated(sign: str) -> str:
    """Write the list with another separator."""
    quoted = LIST.replace('"Mon, Wed 9am-12pm"', "Mon and Wed 9am-12pm")
    return quoted.replace('"Dental, Vision"', "Dental and Vision").replace(",", sign)


def of_rows(header: str, *rows: str) -> str:
    """Write a table of its own."""
    return "\n".join((header, *rows)) + "\n"


def from_objects(*objects: object) -> str:
    """Write JSON."""
    return json.dumps(list(objects), indent=1)


SEPARATORS = (
    case("semicolons", separated(";")),
    case("tabs", separated("\t"), file="list.tsv"),
    case("bars", separated("|"), file="list.txt"),
    case("a space after each comma", LIST.replace(",", ", ").replace(', "', ', "')),
    case("spaces around bars", separated(" | "), file="list.txt"),
    case("all cells quoted", "\n".join(
        ",".join(f'"{cell}"' for cell in line.split(",")) for line in
        separated(",").splitlines()) + "\n"),
    case("quoted with a space before", "\n".join(
        ", ".join(f'"{cell}"' for cell in line.split(",")) for line in
        separated(",").splitlines()) + "\n"),
    case("no end of line at the end", LIST.rstrip("\n")),
    case("ends of line of Windows", LIST.replace("\n", "\r\n")),
    case("ends of line of an old Macintosh", LIST.replace("\n", "\r")),
    case("empty lines between", LIST.replace("\n", "\n\n")),
    case("commas at the end of each row", LIST.replace("\n", ",,\n")),
    case("commas without quotation marks", of_rows("Agency,Program,Address,Phone", *(
        f"A {n},Pantry {n},{n} Elm St, Suite 2,814-555-01{n:02}" for n in range(12))),
        services=12, phones=0, hours=0, doubts=said("rows-uneven")),
    case("line breaks in cells", LIST.replace("12 Main St", '"12 Main St\nFloor 2"')),
    case("doubled quotation marks", LIST.replace("Tax Help", '"Tax ""Help"""')),
)  # fmt: skip
ENCODINGS = (
    case("UTF-8 with a mark", "\ufeff" + LIST),
    case("UTF-16 with a mark", LIST.encode("utf-16")),
    case("UTF-16 without a mark", LIST.encode("utf-16-le")),
    case("UTF-16 of the other order", b"\xfe\xff" + LIST.encode("utf-16-be")),
    case("Windows letters", LIST.replace("Hope", "Espérance").encode("cp1252"),
        says=said("encoding-guessed")),
    case("letters decoded twice", LIST.replace("Hope", "EspÃ©rance Centre").replace(
        "Centre Center", "Centre")),
    case("a NUL in the text", LIST.replace("Hope", "Ho\0pe"), says=said("nul-bytes")),
)  # fmt: skip
LAYOUTS = (
    case("a title above", f"Resources of the county,,,,,,,,\nMay 2026,,,,,,,,\n{LIST}"),
    case("a long preamble", "Please note\n\nCall before you go.\nUpdated,May 2026\n" + LIST),
    case("the header repeated on each page", with_header(f"{HEADER}").replace(
        ROWS[1], f"{HEADER}\n{ROWS[1]}"), says=said("row-passed-over")),
    case("a header over two rows", of_rows(
        "Agency,Program,Street,City,State,Zip,Phone,Hours of,Web", ",,Address,,,Code,Number,Operation,Site",
        *ROWS)),
    case("page numbers between rows", LIST.replace(ROWS[1], f"{ROWS[1]}\nPage 1 of 2,,,,,,,,"),
        says=said("row-passed-over")),
    case("a total at the end", f"{LIST}Total,3,,,,,,,\n", says=said("row-passed-over")),
    case("an agency named once for several rows", of_rows(
        "Agency,Program,Phone", "Hope,Pantry,814-555-0101", ",Tax Help,814-555-0102",
        ",Diapers,814-555-0103"), hours=0),
    case("an empty first column", "\n".join(f",{line}" for line in LIST.splitlines()) + "\n"),
    case("the same header twice", LIST.replace("Website", "Phone").replace(
        "hope.example.org", "814-555-0111").replace("care.example.org", ""), phones=4),
    case("headers in capitals", LIST.replace(HEADER, HEADER.upper())),
    case("spaces in headers", LIST.replace(HEADER, HEADER.replace(",", " , "))),
    case("a number before each row", "\n".join(
        ("No.," if n == 0 else f"{n},") + line for n, line in enumerate(LIST.splitlines())) + "\n"),
    case("a number above, an id beside", "\n".join(
        ("Record ID," if n == 0 else f"R{n},") + line for n, line in enumerate(LIST.splitlines()))
        + "\n"),
    case("formulas to make cells harmless", LIST.replace(",814-555-0101", ",'+1 814-555-0101")),
)  # fmt: skip
HEADERS = (
    case("underscores", with_header("agency_name,program_name,street_address,city,state,zip_code,phone_number,hours_of_operation,web_site")),
    case("one word", with_header("AgencyName,ProgramName,StreetAddress,City,State,ZipCode,PhoneNumber,OpeningHours,WebSite")),
    case("questions of a form", with_header("What is the name of your organization?,What is the name of your program?,What is your street address?,City,State,Zip code,What is your phone number?,What are your hours of operation?,Website address")),
    case("questions in Spanish", with_header("¿Cuál es el nombre de su organización?,¿Cuál es el nombre del programa?,Dirección,Ciudad,Estado,Código postal,Teléfono,Horario de atención,Sitio web")),
    case("numbered questions", with_header("1. Organization,2. Name of program,3. Address,4. City,5. State,6. ZIP,7. Phone,8. Hours,9. Website")),
    case("asides", with_header("Agency (legal name),Program (as people know it),Street address (no PO box),City,State (PA),Zip,Phone (main),Hours (summer),Website (optional)")),
    case("Spanish", with_header("Organización,Programa,Domicilio,Municipio,Estado,C.P.,Teléfono de contacto,Días y horarios,Página web")),
    case("names with dots", with_header("organization.name,service.name,address.street,address.city,address.state,address.zip,phones.number,schedule,service.url")),
    case("the words of a bank", with_header("Organization Name,Name of Service or Product,Resource Address,City,State,Zip,Contact Telephone,Service Hours,URL")),
    case("misspelled", with_header("Agency,Program,Adress,City,State,Zip,Telphone,Hours,Webiste")),
    case("a time stamp of a form", "\n".join(
        ("Timestamp,Email Address," if n == 0 else f"5/{n}/2026 9:0{n}:00,me{n}@example.org,") + line
        for n, line in enumerate(LIST.splitlines())) + "\n"),
    case("times of an online table", "\n".join(
        line + (",Created,Last Modified" if n == 0 else f",2026-05-0{n},2026-05-1{n}")
        for n, line in enumerate(LIST.splitlines())) + "\n"),
    case("notes of staff", "\n".join(
        line + (",Notes" if n == 0 else ",Left a message with Bo; her own number is 814-555-0177.")
        for n, line in enumerate(LIST.splitlines())) + "\n"),
    case("the organization beside the service", of_rows(
        "Name,Description,Service Name,Service Description,Phone",
        "Hope,We help.,Pantry,Food for a week.,814-555-0101",
        "Hope,We help.,Tax Help,Forms.,814-555-0102",
        "Care,We care.,Diapers,For babies.,814-555-0103"), hours=0),
    case("services without an organization", of_rows(
        "Service name,Description,Phone", "Pantry,Food.,814-555-0101", "Tax Help,Forms.,814-555-0102",
        "Diapers,For babies.,814-555-0103"), hours=0),
    case("organizations without a service", of_rows(
        "Organization,Description,Phone", "Hope,Food.,814-555-0101", "Care,Forms.,814-555-0102",
        "Ridge,For babies.,814-555-0103"), hours=0),
)  # fmt: skip
COUNTRIES = (
    case("a list of the United Kingdom", of_rows(
        "Charity name,Charity number,Service,Address line 1,Town,County,Postcode,Telephone,Opening times",
        "Hope Trust,1234567,Food bank,12 High Street,Barnsley,South Yorkshire,S70 2AB,01226 555 0101,Mon 9am-12pm",
        "Care Trust,1234568,Debt advice,3 Mill Lane,Barnsley,South Yorkshire,S70 3CD,01226 555 0102,Tue 10am-4pm"),
        services=2, phones=2, hours=2, places=2),
    case("a list of Canada", of_rows(
        "Agency,Service,Address,City,Province,Postal Code,Phone,Hours",
        "Hope,Food bank,12 King St,Guelph,Ontario,N1H 1B4,519-555-0101,Mon 9am-12pm"),
        services=1, phones=1, hours=1, places=1),
)  # fmt: skip
CELLS = (
    case("several phones in a cell", LIST.replace(
        "814-555-0101", "814-555-0101 or 814-555-0111"), phones=4),
    case("a phone with its extension", LIST.replace("814-555-0101", "814-555-0101 x12")),
    case("a country code", LIST.replace("814-555-0101", "+1 (814) 555-0101")),
    case("a phone for TTY", LIST.replace("814-555-0101", "814-555-0101; TTY 814-555-0111"), phones=4),
    case("words for nothing", LIST.replace("814-555-0101", "N/A"), phones=2),
    case("tags in cells", LIST.replace("Food Pantry", "<b>Food</b> Pantry<br>")),
    case("hours in Spanish", LIST.replace("Tue 10am-4pm", "martes de 10am a 4pm")),
    case("hours that nobody can read", LIST.replace("Tue 10am-4pm", "by chance"),
        says=said("hours-not-understood"), hours=2),
    case("a secret address", LIST.replace("12 Main St", "Confidential"),
        says=said("held-for-review")),
    case("a whole address in a cell", of_rows(
        "Agency,Program,Address,Phone", 'Hope,Pantry,"12 Main St, Meadville, PA 16335",814-555-0101'),
        services=1, phones=1, hours=0, places=1),
    case("columns of days", of_rows(
        "Agency,Program,Phone,Monday,Tuesday", "Hope,Pantry,814-555-0101,9am-12pm,",
        "Care,Tax Help,814-555-0102,,10am-4pm"), services=2, phones=2, hours=2),
    case("columns of marks", of_rows(
        "Agency,Program,Phone,Spanish,Veterans", "Hope,Pantry,814-555-0101,x,",
        "Care,Tax Help,814-555-0102,,x"), services=2, phones=2, hours=0),
    case("two agencies of one name", LIST.replace("Care House", "Hope Center")),
    case("a row twice", LIST + ROWS[0] + "\n", says=said("row-repeated")),
    case("ids in another case", of_rows(
        "Record ID,Agency,Program,Phone", "AB1,Hope,Pantry,814-555-0101",
        "AB2,Care,Tax Help,814-555-0102"), services=2, phones=2, hours=0),
)  # fmt: skip
_FACILITY = {
    "name": "Hope",
    "phone": "814-555-0101",
    "address": {"street": "12 Main St", "city": "Meadville", "state": "PA", "zip": "16335"},
    "services": [
        {"name": "Pantry", "openHours": {"1": [[900, 1200]], "3": [[900, 1200]]}},
        {"name": "Tax help", "openHours": {"2": [[1000, 1600]]}},
    ],
}
OTHER_SHAPES = (
    case("JSON of places with services", from_objects(_FACILITY), file="list.json",
        services=2, phones=2, hours=3, says=said("days-numbered")),
    case("JSON without lists", from_objects(
        {"organization": "Hope", "name": "Pantry", "phone": "814-555-0101", "hours": "Mon 9am-12pm"},
        {"organization": "Care", "name": "Tax help", "phone": "814-555-0102", "hours": ""}),
        file="list.json", services=2, phones=2, hours=1),
    case("JSON with camels", from_objects(
        {"agencyName": "Hope", "programName": "Pantry", "phoneNumber": "814-555-0101"}),
        file="list.json", services=1, phones=1, hours=0),
    case("JSON under ids", json.dumps({"a1": _FACILITY, "a2": {**_FACILITY, "name": "Care"}}),
        file="list.json", services=4, phones=4, hours=6),
    case("JSON with days by name", from_objects(
        {"name": "Pantry", "agency": "Hope", "phone": "814-555-0101",
         "hours": {"monday": "9am-12pm", "tuesday": {"open": "10:00", "close": "16:00"}}}),
        file="list.json", services=1, phones=1, hours=2),
    case("JSON with a list of days", from_objects(
        {"name": "Pantry", "agency": "Hope", "phones": ["814-555-0101", "814-555-0102"],
         "hours": [{"day": "Monday", "opens": "09:00", "closes": "12:00"}]}),
        file="list.json", services=1, phones=2, hours=1),
    case("GeoJSON", json.dumps({"type": "FeatureCollection", "features": [
        {"type": "Feature", "geometry": {"type": "Point", "coordinates": [-80.15, 41.64]},
         "properties": {"name": "Pantry", "agency": "Hope", "phone": "814-555-0101"}}]}),
        file="list.geojson", services=1, phones=1, hours=0, places=1),
    case("JSON lines", "\n".join(json.dumps(
        {"name": f"Pantry {n}", "agency": "Hope", "phone": f"814-555-010{n}"}) for n in (1, 2)),
        file="list.ndjson", services=2, phones=2, hours=0),
)  # fmt: skip
FAULT_CASES = (
    *SEPARATORS,
    *ENCODINGS,
    *LAYOUTS,
    *HEADERS,
    *COUNTRIES,
    *CELLS,
    *OTHER_SHAPES,
)

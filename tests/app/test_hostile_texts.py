"""All texts that somebody else may fill × all pages and files: shown as text, or not at all.

The texts are written into the tables, so that no check on the way in helps: those of strangers,
lists, providers and the desk alike.
"""

import csv
import io
import re
import zipfile
from dataclasses import replace
from itertools import product

import pytest
from markupsafe import escape
from python_calamine import CalamineWorkbook
from sqlalchemy import Text, func, select, update

from referral.accounts.sessions import begin_session
from referral.app import create_app
from referral.app.job_kinds import do_work
from referral.guides.editing import add_guide, save_guide
from referral.guides.records import GuideContent, GuideSection
from referral.guides.rows import GuideAddressRow
from referral.open_data.records import ExportFormat
from referral.proposals.proposed_places import propose_place
from referral.proposals.records import ProposedPlace
from referral.records import hsds as records
from referral.records.accounts import Role
from referral.slips.records import SlipItem
from referral.slips.slips import make_slip
from referral.store.base import Base
from referral.store.conversion import row_from
from referral.store.rows import OrganizationRow
from referral.verification.feedback import record_report
from referral.verification.provider_links import make_provider_link, take_provider_answer
from referral.verification.records import ReportKind
from referral.web.staff.access import COOKIE
from tests.open_data.files.random_lists import exported
from tests.support.desk import HALL, HOUSE, PANTRY, fill_desk, stock
from tests.support.editing import PAT
from tests.support.mail_host import mail_host, mail_settings
from tests.support.staff import add_account, post

# Texts that are no words of anybody: codes, hashes, what is encrypted or counted by.
NO_WORDS = {
    "account.password_hash", "follow_up.contact", "service_area.area_codes", "inquiry.county",
    "need.county", "referral.county", "thesaurus_entry.term_codes", "topic_suggestion.headings",
    "import_problem.file", "import_problem.column",
}  # fmt: skip
# Words in columns of limited length.
SHORT = {
    "account.name", "desk.branch", "saved_search.name", "terminal_device.label",
    "audit_entry.actor_name",
}  # fmt: skip
ADDRESSES = {"url", "website", "uri", "logo", "schedule_link", "web_address", "term_uri"}
KEYS = {"source_key", "origin_file"}
# The records that an argument of an address may name: column of the ids, or the values.
NAMED = {
    "account_id": "account.id", "answer_id": "suggestion.answer_id", "desk_id": "desk.id",
    "entry_id": "thesaurus_entry.id", "follow_up_id": "follow_up.id", "guide_id": "guide.id",
    "inquiry_id": "inquiry.id", "row_id": "crisis_word.id",
    "slug": "heading.slug", "service_id": "service.id", "organization_id": "organization.id",
}  # fmt: skip
RECORDS = {"service": PANTRY, "organization": HOUSE, "location": HALL}
GIVEN = {
    "kind": tuple(RECORDS), "record_id": tuple(RECORDS.values()),
    "language": ("en", "es"), "form": ("csv",), "number": ("1",), "name": ("notice",),
}  # fmt: skip
AWAY = ("/exit", "/start-over", "/static", "/map-tiles")
SEARCHES = (
    "/search?q=pantry", "/suggest?q=river", "/desk?q=pantry", "/curation/records?q=river",
    "/search?q=pantry&near=16335",
)  # fmt: skip
MAILS = "/curation/verification/mails"
MAIN_PAGES = (
    "/services/<", "/organizations/<", "/guides/<", "/l/<", "/my-list", "/provider/<",
    "/hsds/3.1/services", "/curation/proposals", "/curation/verification/answers",
    "/curation/verification/services", "/curation/guides/<", "/desk/inquiries/<", "/admin/audit-log",
    "/curation/records/<",
)  # fmt: skip
SHOWN_AT_LEAST, SHOWN_ON_MAIN_PAGES = 80, 60  # columns


def columns():
    """Each column of words that may come from somebody else: ``table.column`` → column."""
    found = {}
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            name = f"{table.name}.{column.name}"
            is_text = type(column.type) is Text and column.name not in KEYS
            if (is_text and name not in NO_WORDS) or name in SHORT:
                found[name] = column
    return found


def hostile(name):
    """What is put before the text of a column."""
    if name.split(".")[1] in ADDRESSES:
        return f"javascript:alert('xq7z {name}')//"
    return f"""=1+1"'></script><xq7z {name}>xq{{{{7*7}}}}q"""


def write_hostile_texts(instance):
    """Put something hostile before every text."""
    with instance.store.engine.begin() as connection:
        for name, column in columns().items():
            text = func.coalesce(column, "")
            connection.execute(update(column.table).values({column: hostile(name) + text}))


def add_parts(instance):
    """What lists may say of a pantry, its organization and its place."""
    kinds = [
        records.Contact(id="c1", service_id=PANTRY),
        records.Program(id="g1", organization_id=HOUSE, name="Meals"),
        records.Address(id="d1", location_id=HALL, postal_code="16335"),
        records.Schedule(id="h1", service_id=PANTRY),
        records.ServiceArea(id="s1", service_id=PANTRY),
        records.Language(id="l1", service_id=PANTRY),
        records.Accessibility(id="y1", location_id=HALL),
        records.CostOption(id="o1", service_id=PANTRY),
        records.RequiredDocument(id="r1", service_id=PANTRY),
        records.ServiceCapacity(id="v1", service_id=PANTRY),
        records.Funding(id="f1", service_id=PANTRY),
        records.OrganizationIdentifier(id="i1", organization_id=HOUSE),
        records.Url(id="u1", service_id=PANTRY),
    ]
    with instance.store.write() as session:
        session.add_all(map(row_from, kinds))


def fill(instance):
    """Leave something of each kind; gives who did, and the token and code that addresses take."""
    account = add_account(instance, Role)
    stock(instance)
    add_parts(instance)
    fill_desk(instance, account)
    section = GuideSection(
        title=hostile("guide.title"), note=hostile("guide.note"), service_ids=(PANTRY,)
    )
    text = f"{hostile('guide.text')}\n\n[a](javascript:alert(1))"
    content = GuideContent(title=hostile("guide.name"), text=text, sections=(section,))
    guide = add_guide(instance, PAT, "11111111-0000-4000-8000-000000000000", content)
    save_guide(instance, PAT, guide.id, 1, content)
    propose_place(instance, ProposedPlace(name="Soup", helps_with="Soup", contact="me"))
    record_report(instance, PANTRY, ReportKind.CLOSED, "They moved")
    token = make_provider_link(instance, PAT, HOUSE).token
    take_provider_answer(instance, token, {f"service/{PANTRY}/name": "Other"})
    token = make_provider_link(instance, PAT, HOUSE).token
    return account, {
        "token": (token,),
        "code": (make_slip(instance, [SlipItem(service_id=PANTRY)]),),
    }


@pytest.fixture
def hostile_site(instance):
    """Give a site whose texts are hostile, an account, and values of arguments of addresses."""
    account, named = fill(instance)
    write_hostile_texts(instance)
    instance.index.rebuild()
    with instance.store.read() as session:
        for argument, name in NAMED.items():
            table, _, field = name.partition(".")
            column = Base.metadata.tables[table].c[field]
            named[argument] = tuple(map(str, session.scalars(select(column).distinct().limit(1))))
        named["slug"] += tuple(session.scalars(select(GuideAddressRow.slug)))
    return create_app(instance.settings, instance), account, {**GIVEN, **named}


def addresses(app, named, starts):
    """Every page that can be asked for and begins so, with values for its arguments."""
    for rule in sorted(app.url_map.iter_rules(), key=str):
        if "GET" not in rule.methods or rule.rule.startswith(AWAY):
            continue
        arguments = sorted(rule.arguments)
        if rule.rule.startswith(starts) and all(named.get(argument) for argument in arguments):
            for values in product(*(named[argument] for argument in arguments)):
                chosen = dict(zip(arguments, values, strict=True))
                if {"kind", "record_id"} <= chosen.keys():
                    chosen["record_id"] = RECORDS[chosen["kind"]]
                yield re.sub(
                    r"<(?:[^<>]*:)?(\w+)>", lambda found, at=chosen: at[found[1]], rule.rule
                )
    yield from SEARCHES


def faults_of(answer):
    """What is wrong with an answer that has hostile texts."""
    content = answer.get_data()
    text = content.decode(errors="replace")
    if answer.status_code >= 500 and "Retry-After" not in answer.headers:  # it is being made
        yield str(answer.status_code)
    if "xq49q" in text:
        yield "a text was run as a template"
    if answer.mimetype == "text/html":
        yield from markup_in(text)
    elif answer.headers.get("X-Content-Type-Options") != "nosniff":
        yield "a browser may take it for a page"
    if answer.mimetype == "text/csv" or content.startswith(b"PK"):
        yield from formulas_in(cells_of(content))


def markup_in(page):
    for pattern in (
        r"<xq7z",
        r"=1\+1(?:\"|&#34;')",
        r"(?:href|src|action|formaction)=[\"']?\s*javascript:",
    ):
        if found := re.search(pattern, page, re.IGNORECASE):
            yield f"markup: {page[max(0, found.start() - 80) : found.end() + 40]}"


def cells_of(content):
    """The cells of a CSV file, of a ZIP file of such, or of an XLSX file."""
    if not content.startswith(b"PK"):
        rows = csv.reader(io.StringIO(content.decode(), newline=""))
        return [cell for row in rows for cell in row]
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        files = [name for name in archive.namelist() if name.endswith(".csv")]
        if files:
            return [cell for name in files for cell in cells_of(archive.read(name))]
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    sheets = [book.get_sheet_by_name(name).to_python() for name in book.sheet_names]
    return [str(cell) for rows in sheets for row in rows for cell in row]


def formulas_in(cells):
    return [f"a formula: {cell[:60]}" for cell in cells if cell.startswith("=1+1")]


def client_of(app, instance, account):
    client = app.test_client()
    client.set_cookie(COOKIE, begin_session(instance, account.id).token)
    return client


def columns_shown(hostile_site, instance, starts):
    """Ask for pages as nobody and as somebody who may do everything; nothing may be wrong."""
    app, account, named = hostile_site
    wrong, shown = [], set()
    for client in (app.test_client(), client_of(app, instance, account)):
        with client.session_transaction() as session:
            session["list"] = [f"{PANTRY} "]
        for path in dict.fromkeys(addresses(app, named, starts)):
            answer = client.get(path)
            wrong += [f"{path}: {fault}" for fault in faults_of(answer)]
            text = answer.get_data().decode(errors="replace")
            shown |= set(re.findall(r"xq7z ([a-z_]+\.[a-z_0-9]+)", text))
    assert not wrong, "\n".join(wrong)
    return shown


def test_what_would_be_wrong_is_seen():
    assert [*markup_in(hostile("service.name"))]
    assert [*markup_in(f'<a href="{hostile("service.url")}">')]
    assert [*markup_in(f'<p title="{hostile("a.b").replace("<", "&lt;")}">')]
    assert not [*markup_in(f"<p>{escape(hostile('service.name'))}</p>")]
    assert formulas_in(cells_of(b"a,=1+1\n"))
    assert not formulas_in(cells_of(b"a,'=1+1\n"))


@pytest.mark.slow
def test_no_page_of_many_runs_a_hostile_text(hostile_site, instance):
    shown = columns_shown(hostile_site, instance, MAIN_PAGES)
    assert len(shown) >= SHOWN_ON_MAIN_PAGES, sorted(columns().keys() - shown)


@pytest.mark.release
def test_no_page_runs_a_hostile_text(hostile_site, instance):
    shown = columns_shown(hostile_site, instance, "/")
    assert len(shown) >= SHOWN_AT_LEAST, sorted(columns().keys() - shown)


@pytest.mark.slow
def test_no_file_has_a_hostile_text_as_markup_or_formula(hostile_site, instance):
    for form in ExportFormat:
        content = exported(instance, form)
        if content.startswith(b"PK"):
            cells = cells_of(content)
            assert any("xq7z service.name" in cell for cell in cells), form
            assert not formulas_in(cells), form
        else:
            assert b"xq7z service.name" in content, form
            assert form is ExportFormat.HSDS_JSON or b"<xq7z" not in content


@pytest.mark.slow
def test_no_letter_has_a_hostile_text_as_a_header(hostile_site, instance):
    app, account, _ = hostile_site
    with instance.store.write() as session:
        house = session.get_one(OrganizationRow, HOUSE)
        house.email = "one@table.example"
        house.name += "\r\nBcc: evil@table.example"
    with mail_host() as host:
        settings = mail_settings(instance.settings, host)
        app.config["REFERRAL_SETTINGS"] = settings
        client = client_of(app, instance, account)
        page = client.get(MAILS).text
        assert post(client, MAILS, digest=re.search(r'"digest" value="(\w+)"', page)[1]).location
        do_work(replace(instance, given=settings), "w")
    [letter] = host.letters
    assert letter.get_content_type() == "text/plain"
    assert letter["To"] == "one@table.example"
    assert not letter["Bcc"]
    assert "xq7z" in letter.get_content()

"""Rules for addresses; each message says what to do."""

import re
from dataclasses import replace
from uuid import uuid4

import pytest

from referral.guides.editing import add_guide, save_guide
from referral.guides.records import GuideContent
from referral.open_data.api.operations import LISTS
from referral.records.accounts import Role
from referral.web.staff.access import PUBLIC_BLUEPRINTS
from tests.support.browser import page_faults, sign_in
from tests.support.desk import fill_desk, stock
from tests.support.editing import PAT, bring_in
from tests.support.inquiries import add_unmet
from tests.support.staff import add_account, signed_in_client
from tests.support.texts import left_in_english
from tests.support.walk import walk

# Not for a person to click on, or only in a state that the walk does not bring about; those of
# staff are fetched in test_staff_pages.py.
NOT_LINKED = {
    "library.colors",  # the style of the preview
    "health.live", "health.ready", "metrics.show", "patron.suggest",
    "entrance.code", "entrance.take_code", "entrance.link", "entrance.take_link_password",
    "entrance.take_forgot", "staff.take_second_factor", "staff.end_second_factor",
    "admin.enable", "admin.drop_second_factor",
    # Only with a public address and a passkey.
    "entrance.passkey_options", "entrance.take_passkey", "entrance.take_second_passkey",
    "passkeys.add", "passkeys.options", "passkeys.remove",
    # Only where a service says who somebody is.
    "entrance.openid", "entrance.openid_back", "staff.openid_shown",
    "staff.end_one_session",  # only of somebody signed in elsewhere as well
    "staff.confirm",  # only some time after signing in
    "entrance.take_sample",  # only where the demo's command made sample accounts
    # Linked at a terminal only, and by what a command prints.
    "terminal.link", "terminal.mark", "terminal.report", "terminal.start_over", "terminal.still_here",
    "terminal.unread",
    "slips.show", "slips.take_reply", "desk.slip", "desk.slip_picture", "desk.repeat",
    "desk.take_follow_up", "desk.take_quick", "desk.drop_note",
    # Only of a search that says what the open inquiry lacks.
    "desk.take_out", "desk.take_search_details",
    # Only where an address is held back that two records have.
    "curation.decide_withheld", "curation.undo_withheld",
    # Only where a list withholds a record of another, or adds to it.
    "curation.decide_withholding", "imports.decide_added_part",
    # Only of closed quarters and years, which are chosen in a form.
    "reports.map_csv", "reports.table_csv", "reports.workbook", "ledger.workbook",
    # For search engines, browsers and the sites of others; none of samples.
    "open_web.embed", "open_web.opensearch", "open_web.sitemap", "open_web.sitemap_file",
    "open_web.sitemap_pages",
    # The address of a link is shown once, to hand it over; it can be ended when there is one.
    "room.ask", "room.take", "capacity.end_link",
    # Only of records that came from a list; where mail is set up; where a list changed the hours.
    "local_notes.service", "local_notes.save", "local_notes.correction",
    "local_notes.send", "local_notes.decide",
    "public_needs.show",  # only where an admin wants it
    "report_settings.remove",  # only with a place to take out
    "staff.take_digest",  # only where mail is set up
    # Only where mail is set up, and once a round of mails was started.
    "confirmations.start", "confirmations.one", "confirmations.stop", "confirmations.resume",
    "curation.read_hours",  # what the script of the record form asks
    "curation.undo_together",  # only where records were changed together
    # Only with a list to review.
    "imports.problems", "imports.progress", "imports.refused", "imports.decide_change", "imports.change_group",
    "imports.cells", "imports.columns", "imports.preview_columns", "imports.forget_columns",
    "following.source", "following.pull", "following.forget",  # only where a source is followed
    "exports.progress", "exports.take_file",
    "duplicates.pair", "duplicates.decide", "duplicates.merge", "duplicates.undo",
    "duplicates.review", "duplicates.undo_last",
    "feedback.thanks", "propose.thanks", "proposals.decide", "provider.listing", "provider.send", "provider.thanks",
    "quality.findings", "quality.look", "verification.answer", "verification.check", "verification.decide",
    "verification.decide_report", "verification.log_try", "verification.make_link",
    "verification.right", "verification.undo_last",
    "terminals.take_mark_back",
    # Only with a category that waits.
    "topic_suggestions.accept_page", "topic_suggestions.category", "topic_suggestions.decide_category", "topic_suggestions.undo",
    "vocabulary.restore_questions",
    "vocabulary.take_back", "vocabulary.taxonomy_notice", "vocabulary.topics",
    # Of a service with hours, and of its record.
    "take_along.hours", "curation.take_staff_note",
    # Of a list that has something on it, of a script, and of a library that set them.
    "my_list.phone", "my_list.sheet", "my_list.take_mail", "my_list.take_phone",
    "take_along.list_calls", "take_along.list_contacts", "take_along.list_hours",
    "my_list.take_sheet", "map_tiles.tile", "leave.exit_site", "leave.wipe", "theme.logo", "theme.sheet",
    # Asked for by browsers and search engines.
    "site_files.end_worker", "site_files.manifest", "site_files.robots", "site_files.security",
    # For programs, which find them by their description.
    *(f"hsds.{verb}_{path}" for verb in ("list", "show") for path in LISTS),
    "hsds.about", "hsds.nothing", "hsds.openapi", "hsds.patch", "hsds.profile", "hsds.schema",
    "hsds.changes", "hsds.refuse_removed_file",
    # For whoever works on the look.
    "gallery.components",
}  # fmt: skip

# Whoever leaves is signed out; a booklet is in the language that staff choose for it.
AVOIDED = ("leave.exit_site", "exports.print_booklet")
STAFF_AREAS = ("/staff", "/desk", "/curation", "/admin", "/help/")

_PATH = re.compile(r"/|(/([a-z0-9]+(-[a-z0-9]+)*|<[^>]+>)(\.(csv|css|png|xlsx|<any[^>]+>))?)+")


def rules(app):
    return [rule for rule in app.url_map.iter_rules() if not rule.endpoint.endswith("static")]


def test_paths_are_kebab_case(sample_app):
    standard = {
        "/manifest.webmanifest",
        "/robots.txt",
        "/sitemap.xml",
        "/.well-known/security.txt",
    }  # names that others chose, as those of HSDS are
    paths = {
        rule.rule for rule in rules(sample_app) if rule.endpoint.split(".")[0] != "hsds"
    } - standard
    odd = [path for path in paths if not re.fullmatch(_PATH, path)]
    assert not odd, f"Write these paths in small letters with hyphens: {odd}"


def test_arguments_have_a_type(sample_app):
    odd = [rule.rule for rule in rules(sample_app) if re.search(r"<[^:>]+>", rule.rule)]
    assert not odd, f"Give each argument a converter, such as <uuid:service_id>: {odd}"


def test_views_say_what_they_do(sample_app):
    silent = [
        rule.endpoint
        for rule in rules(sample_app)
        if not (sample_app.view_functions[rule.endpoint].__doc__ or "").strip()
    ]
    assert not silent, f"Give these views a docstring of one sentence: {silent}"


def unreached(app, reached):
    return {rule.endpoint for rule in rules(app)} - reached - NOT_LINKED


@pytest.mark.slow
def test_every_page_can_be_reached_by_links_and_has_no_english(sample_client):
    """One walk for all: the client looks for faults of pages and for what is withheld."""
    sample_client.get("/?lang=es")
    walked = walk(sample_client, "/", find=left_in_english)
    missed = unreached(sample_client.application, walked.reached)
    missed = {endpoint for endpoint in missed if endpoint.split(".")[0] in PUBLIC_BLUEPRINTS}
    assert not missed, f"Link to these pages, or list them in NOT_LINKED: {missed}"
    assert len(walked.pages) > 20
    assert not {path: texts for path, texts in walked.pages.items() if texts}


@pytest.fixture
def staff_client(instance, app, tmp_path):
    """Sign in somebody who may do everything where there is something of each kind."""
    bring_in(instance, tmp_path)
    stock(instance)
    fill_desk(instance, add_account(instance, Role))
    add_unmet(instance, 7)
    guide = add_guide(instance, PAT, str(uuid4()), GuideContent(title="New here", text="Welcome."))
    save_guide(instance, PAT, guide.id, 1, replace(guide.content, text="Welcome here."))
    return signed_in_client(app)


@pytest.mark.slow
def test_every_staff_page_can_be_reached_by_links_and_has_no_english(staff_client, app):
    """One walk for both, by somebody who reads Spanish."""
    staff_client.get("/?lang=es")
    walked = walk(staff_client, "/staff", AVOIDED, left_in_english)
    missed = {
        each
        for each in unreached(app, walked.reached)
        if each.split(".")[0] not in PUBLIC_BLUEPRINTS
    }
    assert not missed, f"Link to these pages, or list them in NOT_LINKED: {missed}"
    assert len(walked.pages) > 50
    assert not {path: texts for path, texts in walked.pages.items() if texts}


@pytest.mark.browser
def test_axe_finds_nothing_on_any_staff_page_and_none_scrolls_sideways(visit, staff_client, site):
    paths = [
        path for path in walk(staff_client, "/staff", AVOIDED).pages if path.startswith(STAFF_AREAS)
    ]
    assert len(paths) > 90
    page = visit(site)
    sign_in(page, site)
    faults = {}
    for path in paths:
        page.goto(site + path)
        faults[path] = page_faults(page)
    assert not any(faults.values()), {path: found for path, found in faults.items() if found}

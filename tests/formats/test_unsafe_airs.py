"""AIRS XML that is not safe, not whole or very large."""

import gzip
import tracemalloc

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from referral.errors import RefusedError
from referral.formats.airs.xml import read_agencies
from referral.formats.provider_list import open_list
from tests.formats.airs_document import document
from tests.formats.conftest import SOURCE, is_read_or_refused, outcome_of

BOMB = '<!DOCTYPE Source [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
OUTSIDE = '<!DOCTYPE Source [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (BOMB + "<Source><Agency><Name>&b;</Name></Agency></Source>", "defines entities"),
        (OUTSIDE + "<Source><Agency><Name>&a;</Name></Agency></Source>", "defines entities"),
        (document()[:-40], "breaks off"),
        ("<Source><Agency>" + "<a>" * 100, "nested"),
        ("<Source></Source>", "no Agency"),
        (document(version="4.0.0"), "AIRS XML 4"),
        ("<html><Source>", "other kind"),
        ('<?xml version="1.0" encoding="nonsense"?><Source><Agency/></Source>', "."),
    ],
)
def test_what_is_not_safe_or_whole_is_refused(folder, text, says):
    with pytest.raises(RefusedError, match=says):
        open_list(folder({"export.xml": text}) / "export.xml")


def test_a_gzip_bomb_is_refused_before_it_is_unpacked(tmp_path):
    path = tmp_path / "export.xml.gz"
    path.write_bytes(gzip.compress(b"<Source><Agency>" + b" " * 40 * 2**20))
    with pytest.raises(RefusedError, match="larger than 10 MB"):
        open_list(path)


def test_a_gzip_that_breaks_off_is_refused(tmp_path):
    path = tmp_path / "export.xml.gz"
    path.write_bytes(gzip.compress(document().encode())[:-30])
    with pytest.raises(RefusedError, match="damaged or cut short"):
        open_list(path)


TEXT = document()


@settings(
    max_examples=50,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.integers(0, len(TEXT) - 1), st.integers(0, 60), st.text(max_size=6))
def test_damaged_files_are_read_or_refused(folder, at, cut, put):
    path = folder({}) / "export.xml"
    path.write_bytes((TEXT[:at] + put + TEXT[at + cut :]).encode("utf-8", "surrogatepass"))
    assert is_read_or_refused(path)


TAGS = ["Key", "Name", "Site", "SiteService", "Phone", "PhoneNumber", "TimeOpen", "Monday", "From",
        "To", "PhysicalAddress", "Line1", "Taxonomy", "Code", "Contact", "Languages", "AKA",
        "GeographicAreaServed", "ZipCode", "State", "SpatialLocation", "Latitude", "Agency",
        "ResourceInfo", "Email", "Address", "AgencyLocation", "ReasonWithheld", "Notes"]  # fmt: skip
TREES = st.recursive(
    st.sampled_from(["", "1", "x", "9:00", "true", "16335", "PA"]),
    lambda inner: st.lists(st.tuples(st.sampled_from(TAGS), inner), max_size=4).map(
        lambda parts: "".join(
            f'<{tag} Confidential="{tag[:2]}" delete="1">{inside}</{tag}>' for tag, inside in parts
        )
    ),
    max_leaves=20,
)


@settings(
    max_examples=50,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(TREES)
def test_elements_anywhere_are_read(folder, inside):
    text = document(f"<Agency><Key>k</Key><Name>n</Name>{inside}</Agency>")
    outcome = outcome_of(open_list(folder({"e.xml": text}) / "e.xml").read(SOURCE))
    assert outcome.counts["organization"] >= 1


def test_a_large_file_is_read_agency_by_agency():
    def chunks(agencies):
        yield b"<Source>"
        for number in range(agencies):
            yield f"<Agency><Key>{number}</Key><Name>{'n' * 5000}</Name></Agency>".encode()
        yield b"</Source>"

    tracemalloc.start()
    assert sum(1 for _ in read_agencies("export.xml", chunks(4000))) == 4000
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2 * 2**20

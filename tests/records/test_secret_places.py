"""Words that say that a place is secret, and words that only sound like it."""

import pytest

from referral.records.secret_places import (
    ColumnSense,
    cell_hides_place,
    column_sense,
    is_secret_note,
    is_secret_street,
    is_yes_or_no,
    says_place_is_secret,
)

SECRET_STREETS = (
    "Confidential",
    "1252 Oak St (confidential)",
    "1252 Oak St [do not publish]",
    "Undisclosed (Meadville)",
    "1252 Oak St - CONFIDENTIAL",
    "CONFIDENTIAL: 1252 Oak St",
    "1252 Oak St *confidential*",
    "Confidential - call for info",
    "1252 Oak St (not public)",
    "1252 Oak St (address withheld)",
    "1252 Oak St – do not give out",
    "DO NOT SHARE: 1252 Oak St",
    "1252 Oak St (private address)",
    "1252 Oak St (secret)",
    "1252 Oak St (safe house)",
    "1252 Oak St (staff only)",
    "Dirección confidencial",
    "No publicar: 1252 Oak St",
    "Address not public",
    "Domicilio reservado",
    "call for address",
    "Call for the location",
    "Location is confidential",
    "undisclosed location",
    "Please call for address",
    "1252 Oak St, private",
    "Address provided upon intake",
    "1252 Oak St <not for publication>",
    "Private",
    "(private)",
    "Llame para la dirección",
    "Ubicación no divulgada",
    "Address on request",
    "1252 Oak Street. Please do not publish this address",
    "Confidential location, Meadville",
    "1252 Oak St (CONFIDENTIAL - DV shelter)",
    "1252 Oak St (internal use only)",
    "1252 Oak St (keep private)",
    "unlisted",
    "not listed",
    "1252 Oak St (hidden)",
    "Calle Roble 12 (confidencial)",
    "Dirección: confidencial",
    "1252 Oak St (no publicar)",
    "Site confidential",
    "1252 Oak St confidential",
    "12 Oak St. We never give out the address",
)
STREETS = (
    "12 Private Drive",
    "Hidden Valley Rd",
    "12 Secret Lake Rd",
    "Suite 4 (private entrance)",
    "Confidential testing center, 12 Main St",
    "12 Main St, free confidential counseling",
    "Main St",
    "Safe Harbor Way 3",
    "12 Location Rd",
    "1 Protected Bay Ct",
    "Listed Building 4",
    "12 Main St (by request stop)",
    "Route 6 & 19",
    "100 Public Square",
    "Publishers Row 3",
    "12 Main St - Suite B",
    "Calle Privada Reforma 12",
    "12 Main St (lower level)",
    "Online",
    "12 Callejón Privado",
)
STATEMENTS = (
    "We do not give out our address.",
    "Our location is confidential.",
    "The exact locations of residences is kept confidential to protect",
    "Provides a safe and confidential shelter",
    "houses mothers in undisclosed locations within",
    "physical address confidential",
    "The shelter is at a confidential location",
    "La ubicación es confidencial",
    "No damos nuestra dirección",
    "the address of the shelter will not be disclosed",
    "Address is not published",
    "Located at an undisclosed address",
    "location kept secret for safety",
    "We never share our location",
    "The location of the house is kept strictly confidential",
    "Shelter location confidential",
    "The address is given only after a phone intake",
    "We cannot disclose our location",
    "Helps families. Our location is confidential.",
    "Ofrece un refugio confidencial",
    "dv. Only the hotline goes out! where the house is stays in this office",
    "Only our crisis line is given",
    "tell nobody the street",
    "We never tell where the shelter is",
    "Nunca decimos dónde está la casa",
    "Solo se da... solo el teléfono se publica",
)
OTHER_TEXTS = (
    "Free and confidential HIV testing",
    "confidential counseling",
    "All calls are confidential.",
    "All inquiries are confidential. We offer groups at each location",
    "safe and confidential place for members to share thoughts",
    "in a confidential setting",
    "Services are free and confidential",
    "Call for locations near you",
    "do not share your address with strangers",
    "Confidential teen visits at all locations. Confidential testing",
    "Visit our location. Confidential services",
    "locations: confidential testing at each site",
    "All services are optional, free, confidential and available in English",
    "right to privacy, confidentiality, respect",
    "address confidentiality program helps survivors",
    "Confidential site-based counseling",
    "Private rooms at this location",
    "conversations are private and completely confidential",
    "list addresses of pantries",
    "We do not list every location",
    "Only the hotline is open at night",
    "Call to find out where the food truck is",
    "We do not know where the truck is",
    "Where the house is damaged, we repair it",
    "Tell no one your password",
    "No importa dónde está la casa",
)


@pytest.mark.parametrize("text", SECRET_STREETS)
def test_a_street_that_says_it_is_secret(text):
    assert is_secret_street(text)


@pytest.mark.parametrize("text", STREETS)
def test_a_street_that_everybody_may_know(text):
    assert not is_secret_street(text)


@pytest.mark.parametrize("text", STATEMENTS)
def test_a_statement_about_the_place(text):
    assert says_place_is_secret(text)
    assert is_secret_note(text)


@pytest.mark.parametrize("text", OTHER_TEXTS)
def test_confidential_work_is_not_a_secret_place(text):
    assert not says_place_is_secret(text)
    assert not is_secret_note(text)


@pytest.mark.parametrize(
    ("text", "is_secret"),
    [
        ("CONFIDENTIAL LOCATION", True),
        ("confidential", True),
        ("Enter at the rear. Please do not publish.", True),
        ("Parking behind. Call for the address.", True),
        ("Parking behind\nDo not publish", True),
        ("Ubicación confidencial", True),
        ("Confidential. Counseling available in Spanish.", False),
        ("Call for directions", False),
        ("Keep what you do not share", False),
        ("", False),
    ],
)
def test_a_note(text, is_secret):
    assert is_secret_note(text) is is_secret


def test_safe_house_counts_in_a_name_only():
    assert says_place_is_secret("Maple Safe House", is_name=True)
    assert says_place_is_secret("Casa Segura", is_name=True)
    assert not says_place_is_secret("We refer to safe houses.")
    assert not says_place_is_secret("Safe Harbor", is_name=True)


@pytest.mark.parametrize(
    ("header", "sense"),
    [
        ("Not for publication", ColumnSense.HIDES),
        ("Safe house", ColumnSense.HIDES),
        ("No publicar", ColumnSense.HIDES),
        ("isConfidential", ColumnSense.HIDES),
        ("Confidential Address", ColumnSense.HIDES),
        ("Hide on map?", ColumnSense.HIDES),
        ("Dirección confidencial", ColumnSense.HIDES),
        ("Show address", ColumnSense.SHOWN),
        ("ShowAddress?", ColumnSense.SHOWN),
        ("Mostrar dirección", ColumnSense.SHOWN),
        ("Publish_Location", ColumnSense.SHOWN),
        ("Notes", ColumnSense.NOTE),
        ("Observaciones", ColumnSense.NOTE),
        ("Privacy", ColumnSense.PRIVACY),
        ("Physical Address", ColumnSense.ADDRESS),
        ("OK to share", ColumnSense.MAYBE),
        ("Visible", ColumnSense.MAYBE),
        ("Confidential services", ColumnSense.MAYBE),
        ("Private insurance", ColumnSense.MAYBE),
        ("Cell private?", ColumnSense.OTHER),
        ("Wheelchair", ColumnSense.OTHER),
        ("Notary", ColumnSense.OTHER),
    ],
)
def test_what_a_header_says(header, sense):
    assert column_sense(header) is sense


def test_every_way_to_say_no():
    for word in ("No", "n", "FALSE", "f", "0", "off", "Unchecked", "falso"):
        assert cell_hides_place("Show address", word)
    for word in ("no", "none", "N/A", "na", "-"):
        assert not cell_hides_place("Safe house", word)


def test_a_cell_of_yes_or_no():
    assert all(map(is_yes_or_no, (" Yes ", "Sí", "NO", "n/a", "✓")))
    assert not is_yes_or_no("12 Elm St")


@pytest.mark.parametrize(
    ("header", "text", "hides"),
    [
        ("Show address", "No", True),
        ("Show address", "yes", False),
        ("Show address", "", False),
        ("Show address", "Confidential", True),
        ("Safe house", "Sí", True),
        ("Safe house", "x", True),
        ("Safe house", "no", False),
        ("Safe house", "N/A", False),
        ("Confidential Address", "12 Elm St", True),
        ("Physical Address", "12 Elm St (confidential)", True),
        ("Physical Address", "12 Elm St", False),
        ("Privacy", "Confidential", True),
        ("Privacy", "Open", False),
        ("Testing", "Confidential", False),
        ("Visible", "No", False),
    ],
)
def test_what_a_cell_says(header, text, hides):
    assert cell_hides_place(header, text) is hides

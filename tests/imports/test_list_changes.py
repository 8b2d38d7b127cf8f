"""Changes as review items have them, also those that an older release packed."""

import zlib

from referral.imports.list_changes import pack, unpack
from referral.imports.plan import PlannedChange
from referral.imports.records import ChangeAction
from referral.imports.review_items import list_change
from referral.records.hsds import Location, Phone
from referral.records.kinds import Origin
from referral.records.visibility import Visibility

ORIGIN = Origin(source="county", key="p1", file="phones.csv", line=3, unmapped={"Fax": "1"})
PHONE = Phone(id="p1", service_id="s1", number="814-555-0101", type="")
HALL = Location(id="l1", name="House", visibility=Visibility.WITHHELD)
FIELDS = {
    "visibility": (Visibility.PUBLIC, Visibility.WITHHELD),
    "organization_id": ("o1", ""),
    "name": ("Hall", "House"),
}
# As the release before ``is_held`` packed them: they may wait for a decision since.
OLD = (
    b"\x92\x88\xa6action\xa3new\xa4kind\xa5phone\xa9record_id\xa2p1\xa6origin\x95\xa6county\xa2p1"
    b"\xaaphones.csv\x03\x81\xa3Fax\xa11\xa7columns\x84\xa2id\xa2p1\xaavisibility\xa6public"
    b"\xaaservice_id\xa2s1\xa6number\xac814-555-0101\xa6fields\x80\xa9conflicts\x90\xaais_private"
    b"\xc2\x88\xa6action\xa7changed\xa4kind\xa8location\xa9record_id\xa2l1\xa6origin\x95\xa6county"
    b"\xa2p1\xaaphones.csv\x03\x81\xa3Fax\xa11\xa7columns\x80\xa6fields\x83\xaavisibility\x92"
    b"\xa6public\xa8withheld\xaforganization_id\x92\xa2o1\xa0\xa4name\x92\xa4Hall\xa5House"
    b"\xa9conflicts\x91\xa4name\xaais_private\xc3"
)


def test_what_an_older_release_packed_is_read_as_what_is_packed_now():
    new = PlannedChange(ChangeAction.NEW, PHONE, ORIGIN)
    changed = PlannedChange(ChangeAction.CHANGED, HALL, ORIGIN, FIELDS, frozenset({"name"}))
    packed = unpack(pack([list_change(new), list_change(changed, is_private=True)]))
    assert unpack(zlib.compress(OLD)) == packed
    assert packed[0].values == {
        "id": "p1", "visibility": "public", "service_id": "s1", "number": "814-555-0101",
    }  # fmt: skip
    assert packed[0].parents == [("service_id", "service", "s1")]
    assert packed[1].values == {"visibility": "withheld", "organization_id": None, "name": "House"}
    assert packed[1].withholds_place

"""A help desk for tests: a signed-in client, a service to refer to, and saved work."""

from flask import Flask

from referral.desk.codes import ContactKind, Outcome, UnmetReason
from referral.desk.desk_list import save_desk
from referral.desk.follow_ups import agree_follow_up
from referral.desk.inquiries import (
    add_need,
    close_inquiry,
    list_open_inquiries,
    open_inquiry,
    set_outcome,
)
from referral.desk.records import Inquiry, ReferralResult
from referral.desk.referrals import add_referral, report_wrong_numbers, write_results
from referral.desk.saved_searches import save_search
from referral.desk.shift_notes import add_shift_note
from referral.directory.instance import Instance
from referral.records.accounts import Account, Role
from referral.records.hsds import Location, Organization, Phone, Service, ServiceAtLocation
from referral.store.conversion import row_from
from tests.support.inspector import InspectingClient
from tests.support.staff import add_account, post, signed_in_client

PANTRY = "11111111-1111-4111-8111-111111111111"
HOUSE = "33333333-3333-4333-8333-333333333333"
HALL = "22222222-2222-4222-8222-222222222222"


def stock(instance: Instance) -> None:
    """Add a pantry with a phone and a location that has a bus line, and index it."""
    pantry = Service(id=PANTRY, name="River Pantry", organization_id=HOUSE, status="active")
    with instance.store.write() as session:
        session.add_all(
            [
                row_from(Organization(id=HOUSE, name="River House")),
                row_from(pantry),
                row_from(Location(id=HALL, name="Hall", transportation="Bus 7 to Mill Street")),
                row_from(ServiceAtLocation(id="sl1", service_id=PANTRY, location_id=HALL)),
                row_from(Phone(id="p1", number="814-555-0111", service_id=PANTRY)),
            ]
        )
    instance.index.sync()


def fill_desk(instance: Instance, account: Account) -> None:
    """Add one record of each kind to the desk of an account: inquiries, notes, searches."""
    save_desk(instance, account.actor, "Front desk", "North")
    inquiry_id = open_inquiry(instance, account.id)
    add_referral(instance, inquiry_id, PANTRY)
    agree_follow_up(instance, inquiry_id, ContactKind.PHONE, "814-555-0142")
    add_shift_note(instance, account, PANTRY, "Ask for Dana")
    save_search(instance, "", "Pantries", {"q": "pantry"})
    closed = open_inquiry(instance, account.id)
    need = add_need(instance, closed, heading="employment-support")
    set_outcome(instance, closed, need, Outcome.UNMET, unmet_reason=UnmetReason.FULL)
    close_inquiry(instance, closed)


class Desk:
    """The desk of a staff account, used through a signed-in client."""

    def __init__(self, app: Flask, instance: Instance, email: str = "dee@example.org") -> None:
        self.instance = instance
        self.account = add_account(instance, [Role.DESK], email, "Dee")
        self.client: InspectingClient = signed_in_client(app, email)

    def press(self, path: str, page: str = "/desk", **fields: object) -> str:
        """Post the form of a button, and return the address that it redirects to."""
        answer = post(self.client, path, page, **{"next": page, **fields})
        assert answer.status_code == 302, answer.text
        return answer.location

    def log(self, what: str, outcome: str = "", **fields: object) -> str:
        """Log a question in one step, and return the address that the form redirects to."""
        fields_to_send: dict[str, object] = {"log-what": what, "log-outcome": outcome, **fields}
        answer = post(self.client, "/desk/quick", "/desk", **fields_to_send)
        assert answer.status_code == 302, answer.text
        return answer.location

    @property
    def inquiry(self) -> Inquiry:
        """The most recent open inquiry of the account."""
        return list_open_inquiries(self.instance, self.account.id)[0]


def write_result(
    instance: Instance, inquiry_id: str, referral_id: str, result: ReferralResult
) -> None:
    """Store the result of a referral, as a follow-up does."""
    with instance.store.write() as session:
        wrong = write_results(session, inquiry_id, {referral_id: result})
    report_wrong_numbers(instance, wrong)

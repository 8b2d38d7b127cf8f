"""How a service reaches a person, from what is coded of its listing."""

from __future__ import annotations

from enum import StrEnum

from referral.fields.phrases import Phrases
from referral.records.directory import Phone
from referral.records.listing import Listing


class Delivery(StrEnum):
    """Where somebody gets it: at a place, on the telephone, on the web, at home."""

    IN_PERSON = "in-person"
    PHONE = "phone"
    ONLINE = "online"
    HOME = "home"


_NO_VOICE = frozenset({"fax", "pager", "text"})
# Our own terms for what is given by telephone or at home, with all below them.
_PHONE_TERMS = frozenset({"crisis-lines", "help-line-211", "special-helplines", "poison-control"})
_HOME_TERMS = frozenset({
    "chore-help", "disability-home-care", "home-delivered-meals", "home-repair", "home-visiting",
    "hospice", "in-home-care", "mobile-crisis", "weatherization",
})  # fmt: skip
_PHONE_WORDS = Phrases(("by phone", "hotline", "helpline", "help line", "crisis line", "warmline"))
_ONLINE_WORDS = Phrases(("online", "telehealth", "virtual", "by video", "en linea"))
_HOME_WORDS = Phrases((
    "home visit", "home visiting", "at home", "in your home", "in-home", "we come to you",
    "home delivered", "home delivery", "delivered to your home", "visita a domicilio",
))  # fmt: skip


def delivery_of(listing: Listing) -> tuple[Delivery, ...]:
    """The codes of a listing.

    A telephone number or a web page of a service with a place of its own is for asking, so it does
    not count; words count in the name and the keywords only, where they are not said in passing.
    """
    words = f"{listing.service.name}|{listing.service.alternate_name}|{listing.service.keywords}"
    codes = {term.code for path in listing.term_paths for term in path}
    at_a_place = has_place(listing)
    found = {
        Delivery.IN_PERSON: at_a_place,
        Delivery.HOME: bool(codes & _HOME_TERMS) or _HOME_WORDS.are_in(words),
        Delivery.PHONE: bool(codes & _PHONE_TERMS) or _PHONE_WORDS.are_in(words),
        Delivery.ONLINE: _is_virtual(listing) or _ONLINE_WORDS.are_in(words),
    }
    if not (at_a_place or found[Delivery.HOME]):
        phones = (*listing.phones, *listing.organization_phones)
        found[Delivery.PHONE] |= any(map(_is_voice, phones))
        found[Delivery.ONLINE] |= bool(listing.service.url)
    return tuple(code for code in Delivery if found[code])


def has_place(listing: Listing) -> bool:
    """Whether people go somewhere for it, be it that they are told where only on the telephone."""
    return listing.place_withheld or any(
        site.location.location_type == "physical" for site in listing.sites
    )


def is_remote(listing: Listing) -> bool:
    """Whether it is to be had without going anywhere and without anybody coming."""
    return not has_place(listing) and Delivery.HOME not in delivery_of(listing)


def _is_virtual(listing: Listing) -> bool:
    return any(site.location.location_type == "virtual" for site in listing.sites)


def _is_voice(phone: Phone) -> bool:
    return bool(phone.number) and phone.type not in _NO_VOICE

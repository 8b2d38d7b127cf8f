"""How staff sign in: what cannot work is refused at the start, with what to do."""

import pytest

from referral.errors import SettingsError
from referral.records.accounts import Role
from referral.sign_in_settings import ROLES, read_sign_in


def test_the_roles_are_those_of_accounts():
    assert set(ROLES) == set(Role)


def test_roles_are_read_by_their_codes():
    read = read_sign_in({"REFERRAL_SECOND_FACTOR_ROLES": "Admin, curation,"})
    assert read.second_factor_roles == {Role.ADMIN, Role.CURATION}
    assert read_sign_in({}).second_factor_roles == frozenset()
    with pytest.raises(SettingsError, match="REFERRAL_SECOND_FACTOR_ROLES is 'admins'"):
        read_sign_in({"REFERRAL_SECOND_FACTOR_ROLES": "admins"})


SERVICE = {
    "REFERRAL_OPENID_ISSUER": "https://id.example.org/staff/",
    "REFERRAL_OPENID_CLIENT_ID": "referral",
    "REFERRAL_OPENID_CLIENT_SECRET": "very secret",
    "REFERRAL_OPENID_ROLES": "library-desk=desk",
    "REFERRAL_PUBLIC_URL": "https://help.example.org",
}


def test_a_service_is_read_and_its_secret_not_shown():
    read = read_sign_in({**SERVICE, "REFERRAL_OPENID_ROLES": "a=desk, a=curation , b = admin"})
    assert read.openid is not None
    assert read.openid.issuer == "https://id.example.org/staff"
    assert (read.openid.name, read.openid.claim) == ("id.example.org", "groups")
    assert read.openid.roles == (("a", "desk"), ("a", "curation"), ("b", "admin"))
    assert "very secret" not in repr(read)
    assert read_sign_in({}).openid is None


@pytest.mark.parametrize("missing", list(SERVICE)[1:])
def test_a_service_needs_the_rest(missing):
    with pytest.raises(SettingsError, match=f"needs {missing} too"):
        read_sign_in({**SERVICE, missing: ""})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("REFERRAL_OPENID_ISSUER", "http://id.example.org"),
        ("REFERRAL_OPENID_ISSUER", "id.example.org"),
        ("REFERRAL_OPENID_ROLES", "library-desk"),
        ("REFERRAL_OPENID_ROLES", "library-desk=director"),
        ("REFERRAL_LOCAL_SIGN_IN", "nobody"),
    ],
)
def test_what_cannot_be_of_a_service_is_refused(name, value):
    with pytest.raises(SettingsError, match=name):
        read_sign_in({**SERVICE, name: value})


def test_the_local_way_is_limited_only_where_there_is_another():
    limited = {"REFERRAL_LOCAL_SIGN_IN": "admins"}
    assert read_sign_in({**SERVICE, **limited}).local_for_admins
    with pytest.raises(SettingsError, match="needs REFERRAL_OPENID_ISSUER too"):
        read_sign_in(limited)

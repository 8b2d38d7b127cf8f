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


@pytest.mark.parametrize("minutes", ["0", "721", "soon", "-1", "１5"])
def test_minutes_are_a_whole_number(minutes):
    assert read_sign_in({"REFERRAL_CONFIRM_MINUTES": "5"}).confirm_minutes == 5
    with pytest.raises(SettingsError, match="REFERRAL_CONFIRM_MINUTES"):
        read_sign_in({"REFERRAL_CONFIRM_MINUTES": minutes})

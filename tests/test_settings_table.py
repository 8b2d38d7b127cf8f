"""The table of settings in the documentation is that of the code, and leaves none out."""

from referral.settings import VARIABLES
from tests.support.settings_table import PAGE, settings_page


def test_the_table_is_that_of_the_code():
    kept = PAGE.read_text(encoding="utf-8")
    assert kept == settings_page(), "Run python -m tests.support.settings_table"


def test_every_setting_is_explained():
    page = settings_page()
    assert not [each for each in VARIABLES.values() if f"`{each}`" not in page]

"""The table of settings in the documentation is that of the code, and leaves none out."""

from tests.support.settings_table import PAGE, ROOT, VARIABLE, settings_page


def test_the_table_is_that_of_the_code():
    kept = PAGE.read_text(encoding="utf-8")
    assert kept == settings_page(), "Run python -m tests.support.settings_table"


def test_every_setting_is_explained():
    code = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "referral").glob("*.py"))
    assert set(VARIABLE.findall(code)) == set(VARIABLE.findall(settings_page()))

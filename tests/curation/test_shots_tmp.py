import pytest
from tests.curation.test_browser import *
@pytest.mark.parametrize(("width","scheme"), [(1280,"light"),(1280,"dark"),(390,"light"),(390,"dark")])
def test_shots(visit, site, width, scheme):
    address,_=site
    page=visit(f"{address}/staff/sign-in", width=width)
    page.emulate_media(color_scheme=scheme)
    sign_in(page,address)
    page.goto(f"{address}/curation/records/location/{HALL}/edit")
    page.locator("#pin").scroll_into_view_if_needed()
    page.locator("[data-pin-map]").focus()
    page.keyboard.press("Shift+ArrowUp")
    page.screenshot(path=f"/tmp/s17shot_{width}_{scheme}.png")
    page.goto(f"{address}/admin/imports/positions")
    page.screenshot(path=f"/tmp/s17pos_{width}_{scheme}.png")
    print(accessibility_faults(page))

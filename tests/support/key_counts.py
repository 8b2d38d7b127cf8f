"""A counter of the keys that a task on a page takes by keyboard alone.

A letter, a choice, Enter, Tab and an access key count one each. Between two fields the shorter way
is counted, forwards or backwards.
"""

from contextlib import nullcontext

from playwright.sync_api import Page

from tests.support.browser import next_page

_DISTANCE = """wanted => {
  const stops = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']";
  const groups = new Set();
  const all = [...document.querySelectorAll(stops)].filter(each => {
    if (each.disabled || each.tabIndex < 0 || !each.checkVisibility({ visibilityProperty: true })) {
      return false;
    }
    if (each.type !== "radio" || each.matches(wanted)) return true;
    const group = each.form + each.name;  // a group is one stop
    return !groups.has(group) && groups.add(group);
  });
  const to = all.findIndex(each => each.matches(wanted));
  if (to < 0) return -1;
  all[to].focus();
  let from = all.indexOf(window.keysFrom);
  const begin = from < 0 && document.getElementById(location.hash.slice(1));
  if (begin) {  // browsers continue from the element that the address names
    const after = stop => begin.compareDocumentPosition(stop) & Node.DOCUMENT_POSITION_FOLLOWING;
    const next = all.findIndex(after);
    from = (next < 0 ? all.length : next) - 1;
  }
  const ahead = (to - from + all.length) % all.length;
  return Math.min(ahead, all.length - ahead);
}"""

_PRESS_ACCESS_KEY = "field => { field.focus(); if (field.matches('a, button')) field.click(); }"


class KeyCounter:
    """Presses keys on a page and counts them."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.count = 0

    def press(self, key: str, *, leads_on: bool = False) -> None:
        """Press a key. With ``leads_on``, wait for the page that it leads to."""
        self.count += 1
        if leads_on:
            with next_page(self.page):
                self.page.keyboard.press(key)
        else:
            self.page.keyboard.press(key)

    def write(self, words: str) -> None:
        """Type into the field that has the focus."""
        self.count += len(words)
        self.page.keyboard.type(words)

    def reach(self, selector: str) -> None:
        """Move the focus to the first element of a selector, and count the Tabs that this takes."""
        self.page.wait_for_selector(selector)
        self.page.evaluate("window.keysFrom = document.activeElement")
        away = self.page.evaluate(_DISTANCE, selector)
        assert away >= 0, f"The Tab key does not lead to {selector}."
        self.count += away

    def access(self, key: str, *, leads_on: bool = False) -> None:
        """Press an access key. A script does it, because headless Chromium has no access keys."""
        self.count += 1
        with next_page(self.page) if leads_on else nullcontext():
            self.page.locator(f"[accesskey={key}]").evaluate(_PRESS_ACCESS_KEY)

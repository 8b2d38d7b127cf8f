"""Checks of HTML pages: functions that yield one sentence for each fault of a page."""

import html
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any
from urllib.parse import unquote_plus, urlsplit

import html5lib
from bs4 import BeautifulSoup, Tag
from bs4.builder._html5lib import HTML5TreeBuilder
from html5lib.constants import E as HTML5_ERRORS

Check = Callable[["Page"], Iterator[str]]
CHECKS: dict[str, Check] = {}


class _RecordingBuilder(HTML5TreeBuilder):
    """BeautifulSoup's html5lib builder, which also records the parse errors."""

    def __init__(self) -> None:
        super().__init__()
        self.errors: list[Any] = []

    def feed(self, markup: Any) -> None:
        parser = html5lib.HTMLParser(tree=self.create_treebuilder)  # type: ignore[arg-type]  # as bs4 does
        self.underlying_builder.parser = parser
        parser.parse(markup)
        self.errors = parser.errors
        self.underlying_builder.parser = None


@dataclass(frozen=True)
class Page:
    """An HTML page that is parsed once, with indexes of its elements by name and by attribute.

    CSS selectors would walk the page fifty times, which took most of the time of most tests.
    """

    body: str
    host: str = "localhost"

    @cached_property
    def soup(self) -> BeautifulSoup:
        """The parsed page."""
        return BeautifulSoup(self.body, builder=self._builder)

    @cached_property
    def _builder(self) -> _RecordingBuilder:
        return _RecordingBuilder()

    @property
    def errors(self) -> list[Any]:
        """The HTML5 parse errors: line and column, html5lib's code, details."""
        return self._builder.errors if self.soup else []

    @cached_property
    def tags(self) -> list[Tag]:
        """All elements of the page, in document order."""
        return self.soup.find_all(True)

    @cached_property
    def _by_name(self) -> dict[str, list[Tag]]:
        found: dict[str, list[Tag]] = defaultdict(list)
        for tag in self.tags:
            found[tag.name].append(tag)
        return found

    @cached_property
    def _by_attribute(self) -> dict[str, list[Tag]]:
        found: dict[str, list[Tag]] = defaultdict(list)
        for tag in self.tags:
            for name in tag.attrs:
                found[name].append(tag)
        return found

    @cached_property
    def ids(self) -> Counter[str]:
        """The ids on the page, and how often each is used."""
        return Counter(attribute(tag, "id") for tag in self.with_attribute("id"))

    def named(self, *names: str) -> list[Tag]:
        """Return the elements with any of the given tag names."""
        return [tag for name in names for tag in self._by_name.get(name, ())]

    def with_attribute(self, name: str) -> list[Tag]:
        """Return the elements that have the attribute."""
        return self._by_attribute.get(name, [])

    def is_foreign(self, address: str) -> bool:
        """Return whether an address leads to another host than the page's."""
        parts = urlsplit(address.strip())
        return bool(parts.netloc) and parts.netloc != self.host


@lru_cache(maxsize=8)  # a tree takes megabytes
def parsed_page(body: str, host: str) -> Page:
    """Return the page of an HTML body, from a small cache so that it is not parsed again."""
    return Page(body, host)


def check(name: str) -> Callable[[Check], Check]:
    """Return a decorator that registers a check under the name by which a test can disable it."""

    def register(function: Check) -> Check:
        CHECKS[name] = function
        return function

    return register


def words_of(text: str) -> set[str]:
    """Return the words of a text, case-folded for comparison."""
    return set(re.findall(r"\w+", text.casefold()))


def opening_tag(tag: Tag) -> str:
    """Return the opening tag of an element, by which a reader finds it in a template."""
    return str(tag).split(">")[0][:120] + ">"


def attribute(tag: Tag, name: str) -> str:
    """Return an attribute as one string, empty where it is absent."""
    value = tag.get(name) or ""
    return value if isinstance(value, str) else " ".join(value)


def accessible_name(tag: Tag) -> str:
    """Return roughly the name that a screen reader would speak for a link or a button."""
    pictures = [attribute(picture, "alt") for picture in tag.find_all("img")]
    return " ".join(
        [
            attribute(tag, "aria-label"),
            attribute(tag, "aria-labelledby"),
            attribute(tag, "value"),
            tag.get_text(),
            *pictures,
        ]
    ).strip()


@check("valid-html")
def html_faults(page: Page) -> Iterator[str]:
    """Yield the HTML5 parse errors of a page."""
    lines = page.body.splitlines() or [""]
    for (line, _column), code, details in page.errors:
        reason = HTML5_ERRORS.get(code, code) % details
        near = lines[min(line, len(lines)) - 1].strip()[:80]
        yield f"line {line}: {reason} Near: {near}"


@check("one-h1")
def h1_faults(page: Page) -> Iterator[str]:
    """Check that a page has exactly one h1, and that it is not empty."""
    headings = page.named("h1")
    if len(headings) != 1:
        yield f"{len(headings)} h1 elements: give the page exactly one."
    elif not headings[0].get_text(strip=True):
        yield "The h1 is empty: say what the page is."


@check("title")
def title_faults(page: Page) -> Iterator[str]:
    """Check that the title is not empty and shares a word with the h1."""
    title, heading = page.soup.title, page.soup.h1
    text = title.get_text(" ", strip=True) if title else ""
    if not text:
        yield "No title: set the template's title block."
    elif heading and not words_of(text) & words_of(heading.get_text(" ")):
        yield f"The title {text!r} shares no word with the h1 {heading.get_text(strip=True)!r}."


@check("lang")
def lang_faults(page: Page) -> Iterator[str]:
    """Check that the <html> element has a language."""
    root = page.soup.html
    if root is None or not re.fullmatch(r"[a-z]{2,3}(-\w+)*", attribute(root, "lang")):
        yield '<html> has no usable lang: write lang="{{ … }}" with the page\'s language.'


@check("unique-ids")
def id_faults(page: Page) -> Iterator[str]:
    """Check that ids are unique, not empty and without spaces."""
    for name, count in page.ids.items():
        if count > 1:
            yield f'id="{name}" stands {count} times: ids must be unique on a page.'
        if not name or re.search(r"\s", name):
            yield f'id="{name}" is empty or has a space in it.'


@check("labels")
def label_faults(page: Page) -> Iterator[str]:
    """Yield the form controls without a label."""
    targets = {attribute(tag, "for") for tag in page.with_attribute("for")}
    for control in page.named("input", "select", "textarea"):
        if attribute(control, "type") in {"hidden", "submit", "button", "image", "reset"}:
            continue
        named = attribute(control, "aria-label") or attribute(control, "aria-labelledby")
        wrapped = control.find_parent("label") is not None
        if not (named or wrapped or attribute(control, "id") in targets):
            yield f'{opening_tag(control)} has no label: add <label for="…"> (a placeholder is none).'


@check("alt")
def alt_faults(page: Page) -> Iterator[str]:
    """Yield the pictures without an alt attribute."""
    images = [tag for tag in page.named("input") if attribute(tag, "type") == "image"]
    for picture in (*page.named("img"), *images):
        if not picture.has_attr("alt"):
            yield f'{opening_tag(picture)} has no alt: describe it, or alt="" if it only decorates.'


@check("forms")
def form_faults(page: Page) -> Iterator[str]:
    """Check that each form has a method, an action on this site and a CSRF token."""
    for form in page.named("form"):
        method = attribute(form, "method").lower()
        if method not in {"get", "post"}:
            yield f'{opening_tag(form)} has no method="get" or method="post".'
        if not form.has_attr("action"):
            yield f"{opening_tag(form)} has no action: say where it goes."
        elif page.is_foreign(attribute(form, "action")):
            yield f"{opening_tag(form)} sends to another host."
        # A form that posts to a sealed address changes nothing: it is redirected to a GET.
        is_sealed = attribute(form, "action").startswith("/at/")
        # A token would set a cookie on pages that need none; the view itself refuses other sites.
        is_list = attribute(form, "action") == "/my-list/change"
        if (
            method == "post"
            and not (is_sealed or is_list)
            and not form.find("input", attrs={"name": "csrf_token"})
        ):
            yield f"{opening_tag(form)} posts without a csrf_token field."


@check("inline-code")
def inline_code_faults(page: Page) -> Iterator[str]:
    """Yield the inline scripts, styles and handlers that a strict CSP would block."""
    for tag in page.named("script"):
        # The policy allows data blocks, which no browser runs.
        is_data = attribute(tag, "type") in {"application/json", "application/ld+json"}
        if not (is_data or tag.has_attr("src")):
            yield f"{opening_tag(tag)} is an inline script: move it to static/."
    for tag in (*page.named("style"), *page.with_attribute("style")):
        yield f"{opening_tag(tag)} is inline style: write a class in the stylesheet."
    for tag in page.tags:
        for name, value in tag.attrs.items():
            if name.startswith("on"):
                yield f"{opening_tag(tag)} has an event handler ({name}): add it from a script file."
            if str(value).strip().lower().startswith("javascript:"):
                yield f"{opening_tag(tag)} has a javascript: address: use a button and a script file."


@check("assets")
def foreign_asset_faults(page: Page) -> Iterator[str]:
    """Yield the elements that a browser would load from another host."""
    loaded = [(tag, "href") for tag in page.named("link", "use")]
    loaded += [(tag, "data") for tag in page.named("object")]
    loaded += [
        (tag, name) for name in ("src", "srcset", "poster") for tag in page.with_attribute(name)
    ]
    for tag, name in loaded:
        for part in attribute(tag, name).split(","):
            if page.is_foreign(part):
                yield f"{opening_tag(tag)} loads from another host: serve it from static/."


@check("external-links")
def external_link_faults(page: Page) -> Iterator[str]:
    """Yield the links to other hosts without noopener and noreferrer."""
    for link in page.named("a", "area"):
        missing = {"noopener", "noreferrer"} - set(attribute(link, "rel").split())
        if page.is_foreign(attribute(link, "href")) and missing:
            yield f'{opening_tag(link)} leads away without rel="noopener noreferrer".'


@check("references")
def reference_faults(page: Page) -> Iterator[str]:
    """Yield the attributes and links that refer to an id that no element has."""
    names = ("for", "aria-describedby", "aria-labelledby", "aria-controls", "aria-errormessage")
    for name in (*names, "list", "form", "headers"):
        for tag in page.with_attribute(name):
            for target in set(attribute(tag, name).split()) - page.ids.keys():
                yield f'{opening_tag(tag)}: {name} names "{target}", and no element has that id.'
    for link in page.named("a"):
        hash_, target = attribute(link, "href")[:1], attribute(link, "href")[1:]
        if hash_ == "#" and target and target not in page.ids:
            yield f'{opening_tag(link)} jumps to "{target}", and no element has that id.'


@check("empty-links")
def unnamed_link_faults(page: Page) -> Iterator[str]:
    """Yield the links and buttons without text, and the links without a target."""
    inputs = [tag for tag in page.named("input") if attribute(tag, "type") in {"submit", "button"}]
    for tag in (*page.named("a", "button"), *inputs):
        if not accessible_name(tag):
            yield f"{opening_tag(tag)} has no text: say what it does, or aria-label."
        if tag.name == "a" and tag.get("href") in (None, "", "#"):
            yield f"{opening_tag(tag)} leads nowhere: give it an href, or make it a button."


@check("double-escaped")
def double_escape_faults(page: Page) -> Iterator[str]:
    """Yield the entities and tags that are visible as text because they were escaped twice."""
    for text in page.soup.stripped_strings:
        if found := re.search(r"&(amp|lt|gt|quot|nbsp|#\d+|#x[0-9a-f]+);", text):
            yield f"{found[0]} is shown as text (escaped twice): {text[:80]!r}."
        if found := re.search(r"</?(br|p|b|i|em|strong|ul|li|div|span|a)\b[^>]*>", text):
            yield f"{found[0]} is shown as text: clean the value when it comes in: {text[:80]!r}."


@check("placeholders")
def placeholder_faults(page: Page) -> Iterator[str]:
    """Yield the visible placeholders of missing values, such as None, and unfilled templates."""
    for text in page.soup.stripped_strings:
        if re.fullmatch(r"(None|null|undefined|NaN|nan|\[\]|\{\})[.,:;]?", text):
            yield f"{text!r} is shown to a person: leave the line out when there is no value."
        if re.search(r"<[\w.]+ object at 0x|%\(\w+\)[sd]|\{\{|\{%", text):
            yield f"{text[:80]!r} is shown to a person: a value was not formatted."
    for name in ("value", "href", "alt", "title", "content"):
        for tag in page.with_attribute(name):
            given = attribute(tag, name)
            if given == "None" or (name == "href" and given.endswith("None")):
                yield f"{opening_tag(tag)} was given None: leave the attribute out when there is no value."


def forbidden_text_faults(body: str, forbidden: tuple[str, ...]) -> Iterator[str]:
    """Yield a fault for each forbidden text in a response, as it is, HTML-escaped or URL-quoted."""
    forms = {body, html.unescape(body), unquote_plus(html.unescape(body))}
    haystack = re.sub(r"\s+", " ", "\n".join(forms)).casefold()
    for text in forbidden:
        if re.sub(r"\s+", " ", text).casefold() in haystack:
            yield f"{text!r} is withheld, and stands in the answer."

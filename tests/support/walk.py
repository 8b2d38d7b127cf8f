"""A walk through the site that fetches one page of each endpoint, by links and forms."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from tests.support.inspector import soup_of


@dataclass(frozen=True, slots=True)
class Walk:
    """The endpoints that links and forms lead to, and the findings on fetched pages, by path."""

    reached: set[str] = field(default_factory=set)
    pages: dict[str, Any] = field(default_factory=dict)


def walk(
    client: FlaskClient,
    start: str,
    avoiding: Collection[str] = (),
    find: Callable[[BeautifulSoup], object] = lambda _page: None,
) -> Walk:
    """Fetch one page of each endpoint, by links and GET forms. POST forms are counted but not sent.

    Args:
        avoiding: endpoints that are not fetched.
        find: returns the finding that is recorded for a page; it must not change the page.
    """
    matcher = client.application.url_map.bind("localhost")
    found, waiting = Walk(), [start]
    while waiting:
        path = waiting.pop()
        endpoint = matcher.match(urlsplit(path).path)[0]
        if endpoint in found.reached or endpoint.endswith("static"):
            continue
        found.reached.add(endpoint)
        answer = client.get(path) if endpoint not in avoiding else None
        if answer is None or answer.mimetype != "text/html":
            continue
        soup = soup_of(answer)
        if answer.status_code == 200:
            found.pages[path] = find(soup)
        waiting += [str(link["href"]) for link in soup.select("a[href^='/']")]
        waiting += [str(form["action"]) for form in soup.select("form[method=get]")]
        actions = [str(form["action"]) for form in soup.select("form[method=post]")]
        actions += [str(button["formaction"]) for button in soup.select("button[formaction]")]
        for action in actions:
            found.reached.add(matcher.match(urlsplit(action).path, method="POST")[0])
    return found

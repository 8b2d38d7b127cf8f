"""A walk through the site: one page of each kind, by the links and forms of those before it."""

from collections.abc import Collection
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from flask.testing import FlaskClient

from tests.support.inspector import soup_of


@dataclass(frozen=True, slots=True)
class Walk:
    """The endpoints there are ways to, and the pages that were fetched: path → HTML."""

    reached: set[str] = field(default_factory=set)
    pages: dict[str, str] = field(default_factory=dict)


def walk(client: FlaskClient, start: str, avoiding: Collection[str] = ()) -> Walk:
    """Follow one link to each kind of page, trying forms that ask; forms that do are only seen.

    Args:
        avoiding: endpoints that are not fetched.
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
        if answer.status_code == 200:
            found.pages[path] = answer.text
        soup = soup_of(answer)
        waiting += [str(link["href"]) for link in soup.select("a[href^='/']")]
        waiting += [str(form["action"]) for form in soup.select("form[method=get]")]
        actions = [str(form["action"]) for form in soup.select("form[method=post]")]
        actions += [str(button["formaction"]) for button in soup.select("button[formaction]")]
        for action in actions:
            found.reached.add(matcher.match(urlsplit(action).path, method="POST")[0])
    return found

"""Rules for addresses; each message says what to do."""

import re
from urllib.parse import urlsplit

from bs4 import BeautifulSoup

# Not for a person to click on.
NOT_LINKED = {
    "health.live", "health.ready", "patron.suggest",
    # Linked at a terminal only, and by what a command prints.
    "terminal.link", "terminal.mark", "terminal.start_over", "terminal.still_here", "terminal.unread",
}  # fmt: skip


def rules(app):
    return [rule for rule in app.url_map.iter_rules() if not rule.endpoint.endswith("static")]


def test_paths_are_kebab_case(sample_app):
    odd = [
        rule.rule
        for rule in rules(sample_app)
        if not re.fullmatch(r"/|(/([a-z0-9]+(-[a-z0-9]+)*|<[^>]+>))+", rule.rule)
    ]
    assert not odd, f"Write these paths in small letters with hyphens: {odd}"


def test_arguments_have_a_type(sample_app):
    odd = [rule.rule for rule in rules(sample_app) if re.search(r"<[^:>]+>", rule.rule)]
    assert not odd, f"Give each argument a converter, such as <uuid:service_id>: {odd}"


def test_views_say_what_they_do(sample_app):
    silent = [
        rule.endpoint
        for rule in rules(sample_app)
        if not (sample_app.view_functions[rule.endpoint].__doc__ or "").strip()
    ]
    assert not silent, f"Give these views a docstring of one sentence: {silent}"


def test_every_page_can_be_reached_by_links(sample_client):
    """Walk from the home page, following one link to each kind of page and trying each form."""
    app = sample_client.application
    matcher = app.url_map.bind("localhost")
    reached, waiting = set(), ["/"]
    while waiting:
        path = waiting.pop()
        parts = urlsplit(path)
        endpoint = matcher.match(parts.path)[0]
        if endpoint in reached or endpoint.endswith("static"):
            continue
        reached.add(endpoint)
        soup = BeautifulSoup(sample_client.get(path).text, "html5lib")
        links = [link["href"] for link in soup.select("a[href^='/']")]
        links += [form["action"] for form in soup.select("form[method=get]")]
        waiting += links
    unreached = {rule.endpoint for rule in rules(app)} - reached - NOT_LINKED
    assert not unreached, f"Link to these pages, or list them in NOT_LINKED: {unreached}"

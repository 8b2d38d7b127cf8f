"""Pages of organizations on social networks, which many lists have in columns of their own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from referral.fields.text import clean_line
from referral.fields.urls_and_emails import normalize_url
from referral.formats.reading.items import Item
from referral.formats.reading.row_reader import RecordBuilder, RowReader

# Begin of a column name → name of the network, and the host of its pages.
_NETWORKS: Mapping[str, tuple[str, str]] = {
    "facebook": ("Facebook", "facebook.com"),
    "twitter": ("Twitter", "twitter.com"),
    "instagram": ("Instagram", "instagram.com"),
    "youtube": ("YouTube", "youtube.com"),
    "linkedin": ("LinkedIn", "linkedin.com"),
}
_HEADER_ENDS = ("", "_url", "_link")
_USER_NAME = re.compile(r"@?([A-Za-z0-9_.]{2,50})\Z", re.ASCII)


def pages_of(reader: RowReader, builder: RecordBuilder, key: str) -> Iterator[Item]:
    """Yield an organization's pages on social networks, from columns such as ``facebook_url``."""
    for prefix, (label, host) in _NETWORKS.items():
        for header in (prefix + end for end in _HEADER_ENDS):
            address = social_page(reader.row.get(header), host)
            if address:
                reader.mark_used(header)
                child = RowReader(reader.row, {})
                child.headers["url"] = reader.show(header)
                values = {"organization_id": key, "label": label, "url": address}
                yield from builder.items("url", f"{key}/{header}", child, values, is_main=False)


def social_page(text: str, host: str) -> str:
    """Return the URL of a social network page from a URL or a user name; "" if it is neither."""
    line = clean_line(text)
    url = normalize_url(line)
    if url and f".{urlsplit(url).hostname}".endswith(f".{host}"):
        return url if urlsplit(url).path.strip("/") else ""
    name = _USER_NAME.match(line)
    if name is None or (url and not line.startswith("@")):
        return ""
    return f"https://www.{host}/{name.group(1)}"

"""Web and e-mail addresses: validation and normal form."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, quote, urlsplit

from referral.fields.text import clean_line

_EMAIL = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+"
    r"[A-Za-z]{2,63}"
)
# Before the @ of addresses that stand in lists where there is none, or that nobody reads.
_NOBODY = frozenset(
    {
        "donotreply", "example", "na", "name", "no", "no-reply", "nobody", "noemail", "none",
        "noreply", "test", "xxx", "youremail",
    }
)  # fmt: skip
_HOST = re.compile(r"(?:[\w](?:[\w-]{0,61}[\w])?\.)+(?:[^\W\d_]{2,63}|xn--[a-z0-9-]{2,59})\.?")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(?!\d)")
_OTHER_URI = re.compile(r"(?:urn:[a-z0-9][a-z0-9-]{0,30}:|doi:|info:|ftp://)\S+", re.IGNORECASE)
_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_RESERVED = "/?:@!$&'()*+,;=-._~%"


def normalise_url(value: str) -> str:
    """The web address with its scheme (``www.x.org`` gives ``http://www.x.org``).

    "" when it is none: several addresses in one, an e-mail address, or not http or https.
    """
    text = clean_line(value).strip("<>\"'")
    if not text or any(character.isspace() for character in text):
        return ""
    if not _SCHEME.match(text):
        text = f"http://{text.removeprefix('//')}"
    try:
        parts = urlsplit(text)
        _ = parts.port  # raises when it is not a number
    except ValueError:
        return ""
    scheme = parts.scheme.lower()
    host_is_good = _HOST.fullmatch(parts.hostname or "") and "@" not in parts.netloc
    if scheme not in {"http", "https"} or not host_is_good:
        return ""
    return parts._replace(scheme=scheme, netloc=parts.netloc.lower()).geturl()


def website_host(url: str) -> str:
    """The host of a web address without ``www``; "" for what is none."""
    return (urlsplit(normalise_url(url)).hostname or "").removeprefix("www.")


def is_email(value: str) -> bool:
    """Whether this is one e-mail address as web browsers understand it."""
    return len(value) <= 254 and _EMAIL.fullmatch(value) is not None


def reads_mail(value: str) -> bool:
    """Whether this is an e-mail address that somebody may read; ``test@email.com`` is not."""
    return is_email(value) and value.partition("@")[0].casefold() not in _NOBODY


def to_uri(value: str) -> str:
    """The address as a URI (RFC 3986): percent-encoded, its host in ASCII.

    "" when it is none: no web address, and no other identifier such as a URN.
    """
    text = value.strip()
    url = normalise_url(text) if _SCHEME.match(text) else ""
    if not url:
        return _encoded(text) if _OTHER_URI.fullmatch(text) else ""
    parts = urlsplit(url)
    host = _ascii_host(parts)
    if not host:
        return ""
    return parts._replace(
        netloc=host,
        path=_encoded(parts.path),
        query=_encoded(parts.query),
        fragment=_encoded(parts.fragment),
    ).geturl()


def _ascii_host(parts: SplitResult) -> str:
    """Host and port; a host with other letters as DNS has it (IDNA)."""
    host = parts.hostname or ""
    if not host.isascii():
        try:
            host = host.encode("idna").decode()
        except UnicodeError:
            return ""
    return f"{host}:{parts.port}" if parts.port is not None else host


def _encoded(text: str) -> str:
    return quote(_STRAY_PERCENT.sub("%25", text), safe=_RESERVED)

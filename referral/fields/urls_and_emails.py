"""Web and e-mail addresses: validation and normal form."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, quote, urlsplit

from referral.fields.text import clean_line

_EMAIL = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+"
    r"[A-Za-z]{2,63}"
)
# Local parts of e-mail addresses that are placeholders, or that nobody reads.
_UNREAD_MAILBOXES = frozenset(
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


def normalize_url(value: str) -> str:
    """Return a web address with its scheme: ``www.x.org`` becomes ``http://www.x.org``.

    "" for other text: several addresses, an e-mail address, or a scheme but http and https.
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
    is_good_host = _HOST.fullmatch(parts.hostname or "") and "@" not in parts.netloc
    if scheme not in {"http", "https"} or not is_good_host:
        return ""
    return parts._replace(scheme=scheme, netloc=parts.netloc.lower()).geturl()


def website_host(url: str) -> str:
    """Return the host of a web address without ``www``; "" for other text."""
    return (urlsplit(normalize_url(url)).hostname or "").removeprefix("www.")


def is_email(value: str) -> bool:
    """Return whether a value is one e-mail address by the rules of web browsers."""
    return len(value) <= 254 and _EMAIL.fullmatch(value) is not None


def is_monitored_email(value: str) -> bool:
    """Return whether a value is an e-mail address that may be read, unlike ``test@email.com``."""
    return is_email(value) and value.partition("@")[0].casefold() not in _UNREAD_MAILBOXES


def to_uri(value: str) -> str:
    """Convert a web address or URN to a URI (RFC 3986), percent-encoded with the host in ASCII.

    "" for other text.
    """
    text = value.strip()
    url = normalize_url(text) if _SCHEME.match(text) else ""
    if not url:
        return _percent_encode(text) if _OTHER_URI.fullmatch(text) else ""
    parts = urlsplit(url)
    host = _ascii_host(parts)
    if not host:
        return ""
    return parts._replace(
        netloc=host,
        path=_percent_encode(parts.path),
        query=_percent_encode(parts.query),
        fragment=_percent_encode(parts.fragment),
    ).geturl()


def _ascii_host(parts: SplitResult) -> str:
    """Return host and port in ASCII, the host encoded with IDNA; "" if that fails."""
    host = parts.hostname or ""
    if not host.isascii():
        try:
            host = host.encode("idna").decode()
        except UnicodeError:
            return ""
    return f"{host}:{parts.port}" if parts.port is not None else host


def _percent_encode(text: str) -> str:
    return quote(_STRAY_PERCENT.sub("%25", text), safe=_RESERVED)

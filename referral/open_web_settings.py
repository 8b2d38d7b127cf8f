"""What of the site search engines and other sites may use: read and checked at startup."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from referral.errors import SettingsError

_HOST = re.compile(r"(https?://)?(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)*(:\d{1,5})?", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenWebSettings:
    """Switches for search engines, browsers and the sites of others.

    Attributes:
        search_engines: whether search engines may list pages of places and help; pages with a
            person's search or list never are [REFERRAL_SEARCH_ENGINES].
        open_data: whether other programs may read the public directory by the API of HSDS
            (/hsds) [REFERRAL_OPEN_DATA].
        open_data_license: under which others may use the public directory, such as ``CC BY 4.0``
            [REFERRAL_OPEN_DATA_LICENSE].
        embed_hosts: sites that may show the search (/embed) in a frame, such as
            https://www.town.example [REFERRAL_EMBED_HOSTS, with commas].
    """

    search_engines: bool = True
    open_data: bool = True
    open_data_license: str = ""
    embed_hosts: tuple[str, ...] = ()


SWITCHES = ("search_engines", "open_data")


def read_embed_hosts(environ: Mapping[str, str]) -> tuple[str, ...]:
    """The sites of ``REFERRAL_EMBED_HOSTS`` as a content security policy names them.

    Raises:
        SettingsError: one of them is not a site.
    """
    named = environ.get("REFERRAL_EMBED_HOSTS", "").lower().split(",")
    hosts = tuple(each.strip().rstrip("/") for each in named if each.strip())
    for each in hosts:
        if not _HOST.fullmatch(each):
            raise SettingsError(
                f"REFERRAL_EMBED_HOSTS has {each!r}; give sites without a path, such as "
                "https://www.town.example, with commas between them."
            )
    return hosts

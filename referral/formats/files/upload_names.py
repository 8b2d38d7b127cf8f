"""The name of an uploaded file, made fit to be shown and to name a file of ours."""

from __future__ import annotations

import re
import unicodedata

_UNFIT = re.compile(r"[^\w .()+,&\'-]|[\x00-\x1f]")
_LONGEST = 100
_DEVICES = frozenset(
    (
        "con",
        "prn",
        "aux",
        "nul",
        *(f"{name}{number}" for name in ("com", "lpt") for number in range(10)),
    )
)


def name_for_upload(given: str) -> str:
    """A plain base name: no folders, no signs that steer a terminal or a file system.

    What somebody's browser says is never used as a path. The ending stays; "list" when nothing
    else does.
    """
    base = unicodedata.normalize("NFC", given).replace("\\", "/").rsplit("/", 1)[-1]
    plain = _UNFIT.sub("_", base).strip(" .")
    stem, dot, ending = plain.rpartition(".")
    if not dot:
        stem, ending = plain, ""
    stem = stem.strip(" .")[: _LONGEST - len(ending[:10]) - 1] or "list"
    if stem.split(".")[0].casefold() in _DEVICES:
        stem = f"list {stem}"
    return f"{stem}{dot}{ending[:10]}" if ending else stem

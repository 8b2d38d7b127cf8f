"""File types that are not tables (PDF, pictures, Word, databases, packed files), with advice."""

from __future__ import annotations

import re
from collections.abc import Collection

from referral.errors import RefusedError
from referral.message import Message, message

HEAD_BYTES = 4096
_SAVE_AS = message("Export it as XLSX or CSV.")
_EXPORT = message("Ask for the list as CSV or XLSX.")
_COPY = message("Copy its table into a spreadsheet, and send that.")
_UNPACK = message("Unpack it, and send what is inside: as it is, or as a zip.")
_SAVE_PAGE = message(
    "Copy its table into a spreadsheet. Or ask the website's owner for the list as CSV."
)
# First bytes of a file (in lower case), its type, and advice.
_BEGINNINGS = (
    (b"%pdf", message("It is a PDF."), _EXPORT),
    (b"%!ps", message("It is a PostScript print file."), _EXPORT),
    (b"\x89png", message("It is a picture."), _EXPORT),
    (b"\xff\xd8\xff", message("It is a picture."), _EXPORT),
    (b"gif8", message("It is a picture."), _EXPORT),
    (b"ii*\x00", message("It is a picture."), _EXPORT),
    (b"mm\x00*", message("It is a picture."), _EXPORT),
    (b"bm", message("It is a picture."), _EXPORT),
    (b"{\\rtf", message("It is a document."), _COPY),
    (b"sqlite format 3\x00", message("It is a database (SQLite)."), _EXPORT),
    (b"\x00\x01\x00\x00standard ", message("It is a database (Access)."), _EXPORT),
    (b"par1", message("It is a data file for programs (Parquet)."), _EXPORT),
    (b"mz", message("It is a program."), _EXPORT),
    (b"\x7felf", message("It is a program."), _EXPORT),
    (b"\xcf\xfa\xed\xfe", message("It is a program."), _EXPORT),
    (b"#!", message("It is a program."), _EXPORT),
    (b"\x1f\x8b", message("It is a packed file (gzip)."), _UNPACK),
    (b"bzh", message("It is a packed file (bzip2)."), _UNPACK),
    (b"\xfd7zxz\x00", message("It is a packed file (xz)."), _UNPACK),
    (b"7z\xbc\xaf\x27\x1c", message("It is a packed file (7-Zip)."), _UNPACK),
    (b"rar!", message("It is a packed file (RAR)."), _UNPACK),
    (b"\x28\xb5\x2f\xfd", message("It is a packed file (zstandard)."), _UNPACK),
    (b"<!doctype html", message("It is a web page."), _SAVE_PAGE),
    (b"<html", message("It is a web page."), _SAVE_PAGE),
    (b"<", message("It is XML."), _EXPORT),
    (b"{", message("It is JSON."), _EXPORT),
    (b"[", message("It is JSON."), _EXPORT),
)
# These two letters also begin words, so bytes that occur in no text must follow them.
_SHORT_MARKS = frozenset({b"mz", b"bm"})
_TAR_MARK, _TAR_MARK_OFFSET = b"ustar", 257
_BINARY = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_BINARY_SHARE = 0.1
# A file inside a zip, the type of the zip, and advice.
_ZIP_MEMBERS = (
    ("word/document.xml", message("It is a Word document."), _COPY),
    ("ppt/presentation.xml", message("It is a set of slides."), _COPY),
    ("META-INF/MANIFEST.MF", message("It is a program."), _EXPORT),
    ("AndroidManifest.xml", message("It is a program."), _EXPORT),
    ("META-INF/container.xml", message("It is an electronic book."), _COPY),
    ("doc.kml", message("It is a map (KMZ)."), _EXPORT),
    ("content.xml", message("It is an OpenDocument file, but no spreadsheet."), _COPY),
    (
        "Index/Document.iwa",
        message("It is a file of Apple's Pages or Numbers."),
        _SAVE_AS,
    ),
)


def refuse_wrong_kind(name: str, head: bytes) -> None:
    """Refuse an uploaded file that is not a table, by its first bytes.

    Args:
        name: the file's base name.
        head: its first bytes, at most ``HEAD_BYTES``.

    Raises:
        RefusedError: the file is of a known other type; the message names it and gives advice.
    """
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    is_binary = len(_BINARY.findall(head)) > _BINARY_SHARE * len(head)
    for mark, kind, advice in _BEGINNINGS:
        if start.startswith(mark) and (is_binary or mark not in _SHORT_MARKS):
            raise _not_a_list(name, kind, advice)
    if head[_TAR_MARK_OFFSET:].startswith(_TAR_MARK):
        raise _not_a_list(name, message("It is a packed file (tar)."), _UNPACK)


def refuse_wrong_zip(name: str, members: Collection[str]) -> None:
    """Refuse a zip that is no source list but another kind of file, such as a document.

    Raises:
        RefusedError: the zip is of a known other type; the message names it and gives advice.
    """
    for member, kind, advice in _ZIP_MEMBERS:
        if member in members:
            raise _not_a_list(name, kind, advice)


def _not_a_list(name: str, kind: Message, advice: Message) -> RefusedError:
    cause = message("%(name)s cannot be read as a list.", name=name)
    return RefusedError(cause.then(kind, advice))

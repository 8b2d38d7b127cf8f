"""Options for the form of a text file: separator, quotation mark, encoding and header line."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import click

from referral.formats.column_mapping import SheetMapping

_SEPARATORS = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}
_QUOTATIONS = {"double": '"', "single": "'", "none": "none"}
_ENCODINGS = ("utf-8", "utf-16", "cp1252", "mac_roman", "cp850")


def file_form_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add options for a text file's form (separator, quotes, encoding, header) to a command.

    The command gets them as ``form``: None if none was given.
    """

    @click.option(
        "--separator", type=click.Choice(list(_SEPARATORS)), help="What is between the cells."
    )
    @click.option(
        "--quotation", type=click.Choice(list(_QUOTATIONS)), help="The mark around the cells."
    )
    @click.option(
        "--encoding", type=click.Choice(_ENCODINGS), help="How the letters of the file are written."
    )
    @click.option(
        "--header-line", type=click.IntRange(1, 1000), default=None, help="Line of the headers."
    )
    @wraps(command)
    def with_form(
        *args: Any,
        separator: str | None,
        quotation: str | None,
        encoding: str | None,
        header_line: int | None,
        **others: Any,
    ) -> None:
        form = None
        if separator or quotation or encoding or header_line:
            form = SheetMapping(
                row="service",
                header_line=header_line or 0,
                separator=_SEPARATORS.get(separator or "", ""),  # type: ignore[arg-type]
                quotation=_QUOTATIONS.get(quotation or "", ""),  # type: ignore[arg-type]
                encoding=encoding or "",  # type: ignore[arg-type]
            )
        command(*args, form=form, **others)

    return with_form

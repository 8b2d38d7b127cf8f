"""Exceptions that Whoosh and our readers raise on damaged files; each family was seen."""

from __future__ import annotations

import pickle
import struct
import zlib

from whoosh.index import IndexError as WhooshIndexError
from whoosh.reading import ReaderClosed, TermNotFound

INDEX_ERRORS: tuple[type[Exception], ...] = (
    OSError,  # files missing or cut short
    EOFError,
    ValueError,  # with UnicodeDecodeError and what json raises
    LookupError,
    TypeError,
    AttributeError,
    AssertionError,
    ArithmeticError,
    ImportError,
    NameError,
    MemoryError,  # a flipped length
    RuntimeError,
    struct.error,
    zlib.error,
    pickle.PickleError,
    WhooshIndexError,
    ReaderClosed,
    TermNotFound,
)

"""Files of named arrays that are mapped into memory, so that processes share their pages.

::

    length of header (8 bytes)  header (JSON)  arrays, each at a multiple of 64

The header contains the place of each array, what the file is about, and checksums. A file never
changes, and is read only once a table of contents names its segment.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from referral.search.segment_facts import Arrays

_ALIGNMENT = 64
_WORD = 8  # bytes
_MASK = (1 << 64) - 1


def write_arrays(path: Path, about: Mapping[str, Any], arrays: Arrays) -> None:
    """Write named arrays to a file and flush it to disk.

    Args:
        about: identifies the contents, as JSON; ``map_arrays`` must be called with an equal value.
    """
    layout: dict[str, tuple[str, int, int]] = {}
    parts, length = [], 0
    for name, values in arrays.items():
        layout[name] = (values.dtype.str, len(values), length)
        parts.append(np.ascontiguousarray(values).view(np.uint8))
        length += values.nbytes + -values.nbytes % _ALIGNMENT
    head = json.dumps({"about": about, "places": layout, "body": [length, *_sums(parts)]}).encode()
    head += b" " * (-(len(head) + _WORD) % _ALIGNMENT)
    with path.open("wb") as file:
        file.write(len(head).to_bytes(_WORD, "little") + head)
        for part in parts:
            file.write(part.data)
            file.write(bytes(-len(part) % _ALIGNMENT))
        file.flush()
        os.fsync(file.fileno())


def map_arrays(path: Path, about: Mapping[str, Any]) -> Arrays:
    """Return the arrays of a file, mapped into memory read-only, after comparing checksums.

    Raises:
        OSError: the file is missing or damaged, or was written with another ``about``.
    """
    try:
        data = np.asarray(np.memmap(path, dtype=np.uint8, mode="r"))
        length = int.from_bytes(data[:_WORD].tobytes(), "little")
        header = json.loads(data[_WORD : _WORD + length].tobytes())
        body = data[_WORD + length :]
        if header["about"] == about and header["body"] == [len(body), *_sums([body])]:
            return {
                name: body[start : start + count * np.dtype(dtype).itemsize].view(dtype)
                for name, (dtype, count, start) in header["places"].items()
            }
    except (ValueError, LookupError, TypeError, OverflowError) as error:
        raise OSError(f"{path.name} is damaged.") from error
    raise OSError(f"{path.name} is damaged, or of another version.")


def _sums(parts: Iterable[NDArray[np.uint8]]) -> tuple[int, int]:
    """Return the sum and the exclusive or of all 8-byte words: faster than a CRC."""
    total = xor = 0
    for part in parts:
        full_length = len(part) - len(part) % _WORD
        words = part[:full_length].view(np.uint64)
        rest = int.from_bytes(part[full_length:].tobytes(), "little")
        total += int(np.add.reduce(words)) + rest
        xor ^= int(np.bitwise_xor.reduce(words)) ^ rest
    return total & _MASK, xor

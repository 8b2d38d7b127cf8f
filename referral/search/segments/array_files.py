"""Named arrays in one file that is mapped into memory, so that processes share its pages.

::

    length of header (8 bytes)  header (JSON)  arrays, each at a multiple of 64

The header says where each array lies, what the arrays are about, and what everything adds up to.
A file never changes: it is written beside its place and moved there.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray

Arrays = Mapping[str, NDArray[Any]]  # of one dimension

_ALIGNMENT = 64
_MOST_SECONDS_TO_WRITE = 3600


def write_arrays(path: Path, about: Mapping[str, Any], arrays: Arrays) -> None:
    """Write a file of arrays; a reader, or a crash, meets the whole file or none.

    Args:
        about: what a reader must ask for to get them, and may want to know; as JSON.
    """
    places: dict[str, tuple[str, int, int]] = {}
    body = bytearray()
    for name, values in arrays.items():
        body.extend(bytes(-len(body) % _ALIGNMENT))
        places[name] = (values.dtype.str, len(values), len(body))
        body.extend(values.tobytes())
    body.extend(bytes(-len(body) % _ALIGNMENT))
    check = _check(np.frombuffer(body, dtype=np.uint8))
    header = {"about": about, "places": places, "body": check}
    head = json.dumps(header).encode()
    head += b" " * (-(len(head) + 8) % _ALIGNMENT)
    path.parent.mkdir(exist_ok=True)
    part = path.with_name(f"{uuid4().hex}.part")
    with part.open("wb") as file:
        file.write(len(head).to_bytes(8, "little") + head)
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def sweep_arrays(folder: Path, segment_ids: set[str]) -> None:
    """Remove the files of segments that no longer exist."""
    for path in folder.glob("*"):
        with suppress(OSError):  # mapped by somebody on Windows: the next sweep gets it
            is_old = path.stat().st_mtime < time.time() - _MOST_SECONDS_TO_WRITE
            if path.stem not in segment_ids and (path.suffix != ".part" or is_old):
                path.unlink()


def map_arrays(path: Path, **wanted: object) -> tuple[Mapping[str, Any], Arrays] | None:
    """What a file is about, and its arrays, read-only.

    None when it is missing, damaged, or not about what is wanted (a version, a size).
    """
    try:
        data = np.asarray(np.memmap(path, dtype=np.uint8, mode="r"))
        length = int.from_bytes(data[:8].tobytes(), "little")
        header = json.loads(data[8 : 8 + length].tobytes())
        about, body = header["about"], data[8 + length :]
        if any(about[name] != value for name, value in wanted.items()):
            return None
        if header["body"] != _check(body):
            return None
        return about, {
            name: body[start : start + count * np.dtype(kind).itemsize].view(kind)
            for name, (kind, count, start) in header["places"].items()
        }
    except (OSError, ValueError, LookupError, TypeError, OverflowError):
        return None


def _check(body: NDArray[np.uint8]) -> list[int]:
    """Length, sum and exclusive or, 8 bytes at a time: a CRC would keep each worker for longer.

    Raises:
        ValueError: it was cut.
    """
    words = body.view(np.uint64)
    return [len(body), int(np.add.reduce(words)), int(np.bitwise_xor.reduce(words))]

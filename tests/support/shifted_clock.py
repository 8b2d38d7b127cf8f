"""Programs with a shifted clock, by libfaketime.

``python -m tests.support.shifted_clock`` prints the path of the library.
"""

import sys
from pathlib import Path

FOLDERS = ("/usr/lib", "/usr/local/lib", "/opt/homebrew/lib")


def find_library() -> Path | None:
    """Return the path of libfaketime for programs with threads, or None if it is not installed."""
    found = (
        path for folder in FOLDERS for path in Path(folder).glob("**/faketime/libfaketimeMT.so.1")
    )
    return next(found, None)


def shifted(library: Path, seconds: int) -> dict[str, str]:
    """Return the environment variables for a program whose clock is some seconds ahead."""
    return {
        "LD_PRELOAD": str(library),
        "FAKETIME": f"{seconds:+d}s",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",  # sleeping takes as long as without it
    }


if __name__ == "__main__":
    found = find_library()
    print(found or "No libfaketime was found.")
    sys.exit(0 if found else 1)

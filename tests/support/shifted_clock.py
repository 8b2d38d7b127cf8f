"""Programs whose clock is wrong, by libfaketime; `python -m tests.support.shifted_clock` finds it."""

import sys
from pathlib import Path

FOLDERS = ("/usr/lib", "/usr/local/lib", "/opt/homebrew/lib")


def find_library() -> Path | None:
    """Return libfaketime for programs with threads, as Debian and others install it."""
    found = (
        path for folder in FOLDERS for path in Path(folder).glob("**/faketime/libfaketimeMT.so.1")
    )
    return next(found, None)


def shifted(library: Path, seconds: int) -> dict[str, str]:
    """Return the environment of a program whose clock is so many seconds ahead."""
    return {
        "LD_PRELOAD": str(library),
        "FAKETIME": f"{seconds:+d}s",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",  # waiting is as long as ever
    }


if __name__ == "__main__":
    found = find_library()
    print(found or "No libfaketime was found.")
    sys.exit(0 if found else 1)

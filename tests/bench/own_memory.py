"""How much memory this process has to itself."""

from __future__ import annotations

from pathlib import Path


def private_megabytes() -> dict[str, float]:
    """Memory that no other process has (``private_mb``), and what of it was written to.

    Empty where the system does not say; Linux does.
    """
    try:
        lines = Path("/proc/self/smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:
        return {}
    sizes = {words[0]: int(words[1]) for line in lines if (words := line.split())[-1] == "kB"}
    dirty, clean = sizes["Private_Dirty:"], sizes["Private_Clean:"]
    return {
        "private_mb": round((dirty + clean) / 1024, 1),
        "private_written_mb": round(dirty / 1024, 1),
    }

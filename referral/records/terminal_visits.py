"""How long a visit at a shared computer lasts."""

from __future__ import annotations

IDLE_SECONDS, ANSWER_SECONDS = 120, 30
"""After so many seconds without a touch a shared computer asks "Are you still there?", and forgets
when nobody answers. At least 20 seconds to answer (WCAG 2.2.1)."""
_REPORT_SECONDS = 20  # terminal.js reports every 15 seconds that somebody is there
VISIT_SECONDS = IDLE_SECONDS + ANSWER_SECONDS + _REPORT_SECONDS
"""After so many seconds without a sign of somebody the server ends a terminal's visit."""
START_PAGE_RELOAD_SECONDS = 10 * IDLE_SECONDS
"""So often a terminal's start page that nobody touches is made again."""
START_PAGE_SECONDS = START_PAGE_RELOAD_SECONDS + ANSWER_SECONDS + _REPORT_SECONDS
"""How long the addresses on such a start page work."""

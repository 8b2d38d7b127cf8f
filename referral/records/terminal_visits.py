"""Timeouts of visits at terminals (shared computers)."""

from __future__ import annotations

IDLE_SECONDS, ANSWER_SECONDS = 120, 30
"""Seconds without input until a terminal asks "Are you still there?", and then until it ends the
visit. WCAG 2.2.1 requires at least 20 seconds to answer."""
_REPORT_SECONDS = 20  # terminal.js reports activity every 15 seconds
VISIT_SECONDS = IDLE_SECONDS + ANSWER_SECONDS + _REPORT_SECONDS
"""Seconds without activity after which the server ends a visit at a terminal."""
START_PAGE_RELOAD_SECONDS = 10 * IDLE_SECONDS
"""Interval at which an idle terminal reloads its start page."""
START_PAGE_SECONDS = START_PAGE_RELOAD_SECONDS + ANSWER_SECONDS + _REPORT_SECONDS
"""Seconds for which the links of a terminal's start page are valid."""

"""Verification: the check queue, quality findings, reports, provider links, suggestions."""

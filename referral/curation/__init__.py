"""Curation of records by staff: find, edit, preview, conflicts, history, findability."""

"""Imports of provider lists: upload, column mapping, plan, review, apply, undo."""

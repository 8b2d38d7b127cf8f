"""Backups: writing all tables and files of an instance to one archive, and restoring it."""

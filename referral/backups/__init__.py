"""Backups: one file with all tables and files of an instance, and its restore."""

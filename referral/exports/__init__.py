"""Exports: files of the public directory for others."""

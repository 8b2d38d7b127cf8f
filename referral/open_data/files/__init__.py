"""Exports of the public directory as files, and booklets to print."""

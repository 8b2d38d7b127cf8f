"""Editing and validation of the library's own help lines.

``directory.help_lines`` reads them.
"""

"""Editing and validation of the library's own help lines.

``instance.help_lines`` reads them.
"""

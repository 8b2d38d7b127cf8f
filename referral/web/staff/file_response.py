"""Files that a page hands out."""

from __future__ import annotations

from flask import Response


def file_response(content: bytes | str, kind: str, name: str) -> Response:
    """A file to save, of a media type."""
    answer = Response(content, content_type=kind)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name.replace(" ", "-")}"'
    return answer

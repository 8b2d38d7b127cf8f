"""Responses that download a file."""

from __future__ import annotations

from flask import Response


def file_response(content: bytes | str, media_type: str, name: str) -> Response:
    """Return a response that downloads a file from a staff page, with its media type and name."""
    response = Response(content, content_type=media_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{name.replace(" ", "-")}"'
    return response

"""Responses that download a file."""

from __future__ import annotations

from flask import Response


def file_response(content: bytes | str, kind: str, name: str) -> Response:
    """Return a response that downloads a file; ``kind`` is its media type."""
    answer = Response(content, content_type=kind)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name.replace(" ", "-")}"'
    return answer

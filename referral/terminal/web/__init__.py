"""Shared computers: sealed URLs, end of a visit, device links."""

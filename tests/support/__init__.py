"""Helpers that tests share: databases, a browser, servers, and a client that inspects pages."""

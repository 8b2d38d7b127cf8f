"""Shared computers: device links and sealed addresses."""

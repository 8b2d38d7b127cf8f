"""Shared computers: devices, visits and sealed addresses."""

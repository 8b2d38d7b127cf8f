"""Schedules: opening times, recurrence, and their text."""

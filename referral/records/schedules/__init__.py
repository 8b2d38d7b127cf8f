"""Schedules: opening hours, recurrence, events, and their text."""

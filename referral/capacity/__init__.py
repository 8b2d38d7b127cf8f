"""Capacity: how much room a service has today, as the place or the desk says it."""

"""Capacity: the number of beds, meals or appointments that are free at a service today."""

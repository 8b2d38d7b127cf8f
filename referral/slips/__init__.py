"""Slips: lists of services under a short code, with no data about a person."""

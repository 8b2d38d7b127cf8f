"""Guides: pages for one situation each, with a text and chosen services, written by staff."""

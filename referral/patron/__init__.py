"""Patron features that keep state: the list of chosen services."""

# What other parts of the product may import, by module.
INTERFACE = {"my_list": ("SESSION_KEYS",)}

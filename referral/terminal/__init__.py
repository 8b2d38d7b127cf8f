"""Shared computers: devices, visits and sealed addresses."""

# What other parts of the product may import, by module.
INTERFACE = {
    "devices": ("LINK_HOURS", "make_link"),
    "rows": ("EndedVisitRow", "TerminalDeviceRow"),
}

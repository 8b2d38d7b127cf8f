"""Shared computers: device links and sealed addresses."""

# What other parts of the product may import, by module.
INTERFACE = {
    "device_links": ("record_device_link",),
}

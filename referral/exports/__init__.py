"""Exports: files of the public directory for others."""

# What other parts of the product may import, by module.
INTERFACE = {
    "files": ("EXPORT", "delete_expired_exports", "write_export"),
    "hsds_objects": ("HsdsObjects", "Objects"),
    "nesting": ("ABOUT", "INSIDE"),
    "records": ("ExportFormat",),
    "write": ("export_directory",),
}

"""Exports: files of the public directory for others."""

# What other parts of the product may import, by module.
INTERFACE = {
    "files": ("EXPORT", "delete_expired_exports", "write_export"),
    "records": ("ExportFormat",),
    "write": ("export_directory",),
}

"""Curation of records by staff: find, edit, preview, conflicts, history, findability."""

# What other parts of the product may import, by module.
INTERFACE = {
    "staff_notes": ("NO_NOTE", "StaffNote", "read_staff_notes", "services_with_notes"),
    "translation_files": ("export_translations", "import_translations"),
}

"""Curation of records by staff: find, edit, preview, conflicts, history, findability."""

# What other parts of the product may import, by module.
INTERFACE = {
    "translation_files": ("export_translations", "import_translations"),
}

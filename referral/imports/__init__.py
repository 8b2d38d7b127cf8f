"""Imports of provider lists: upload, column mapping, plan, review, apply, undo."""

# What other parts of the product may import, by module.
INTERFACE = {
    "apply": ("apply_import",),
    "batches": ("erase_settled_imports", "upload_list"),
    "columns": ("propose_mapping",),
    "fidelity": ("Fidelity",),
    "jobs": ("import_jobs",),
    "plan": ("ImportReport",),
    "positions": (
        "count_positions",
        "load_address_points",
        "place_locations",
        "refresh_positions",
        "undo_positions",
    ),
    "prepare": ("PreparedImport", "no_progress", "prepare_import"),
    "records": ("FORMAT_NAMES",),
    "seed_lists": (
        "SECOND_LIST",
        "load_base",
        "load_base_once",
        "load_sample",
        "load_second_list",
    ),
    "sources": ("list_sources", "read_source"),
    "upload_files": ("take_over_old_uploads",),
}

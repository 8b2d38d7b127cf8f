"""Imports of provider lists: upload, column mapping, plan, review, apply, undo."""

# What other parts of the product may import, by module.
INTERFACE = {
    "absences": ("Key", "ListScope", "SHORT", "SHORT_SHARE", "has_absences"),
    "apply": ("store_import",),
    "batches": (
        "apply_batch",
        "delete_review",
        "doubts_of",
        "erase_settled_imports",
        "take_followed_list",
        "transition",
        "upload_list",
    ),
    "columns": ("propose_mapping",),
    "fidelity": ("Fidelity",),
    "jobs": ("IMPORT_JOBS",),
    "list_changes": ("ListChange", "unpack"),
    "plan": ("ImportReport",),
    "positions": (
        "count_positions",
        "load_address_points",
        "place_locations",
        "refresh_positions",
        "undo_positions",
    ),
    "prepare": ("PreparedImport", "no_progress", "prepare_import"),
    "protection": ("protect_by_list",),
    "records": (
        "BatchState",
        "ChangeAction",
        "ChangeGroup",
        "Decision",
        "FORMAT_NAMES",
        "OPEN_STATES",
    ),
    "rows": ("ReviewItemRow",),
    "secrecy_check": ("SECRECY_CHECK", "check_stored_places", "queue_secrecy_check"),
    "seed_lists": ("SECOND_LIST", "load_base", "load_base_once", "load_sample", "load_second_list"),
    "sources": ("list_sources", "read_source"),
    "upload_files": (
        "LARGEST_UPLOAD",
        "read_scope",
        "remove_upload",
        "take_over_old_uploads",
        "upload_path",
    ),
}

"""Open data: what of the directory everybody may have, by API, feed and files."""

# What other parts of the product may import, by module.
INTERFACE = {
    "files.export": ("export_directory",),
    "files.export_files": ("EXPORT", "delete_expired_exports", "write_export"),
    "ledger.entries": ("modified_at_of",),
    "ledger.ledger_runs": ("PUBLICATION", "queue_ledger_update", "run_ledger_job"),
    "public_records": ("PublicRecords",),
    "records": ("ExportFormat",),
}

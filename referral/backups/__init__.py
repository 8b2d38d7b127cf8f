"""Backups: one file with all tables and files of an instance, and its restore."""

# What other parts of the product may import, by module.
INTERFACE = {
    "backup": ("write_backup",),
    "daily_backups": ("back_up_daily", "newest_backup_at"),
    "records": ("BackupError", "Manifest", "RestoreReport"),
    "restore": ("restore_backup",),
}

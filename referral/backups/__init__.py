"""Backups: one file with all tables and files of an instance, its restore, and a check of all."""

# What other parts of the product may import, by module.
INTERFACE = {
    "backup": ("write_backup",),
    "daily_backups": ("back_up_daily", "newest_backup_at"),
    "records": ("BackupError", "Manifest", "RestoreReport"),
    "restore": ("restore_backup",),
    "self_check": ("check_instance",),
}

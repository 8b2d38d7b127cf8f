"""All tables at once, as the database has them: copies for backups, and links between rows."""

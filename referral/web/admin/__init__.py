"""Pages for admins: accounts and the audit log."""

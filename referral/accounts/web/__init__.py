"""Pages of accounts: sign-in, one's own account, administration, audit log."""

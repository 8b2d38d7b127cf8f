"""Staff accounts: sessions, second factor, rate limits, one-time links, audit log, mail."""

"""Staff accounts: sessions, second factor, rate limits, one-time links, audit log, mail."""

# What other parts of the product may import, by module.
INTERFACE = {
    "account_admin": ("list_accounts",),
    "audit": ("AuditFilters", "actor_of", "read_audit_log", "record_audit"),
    "digests": ("DueDigest", "take_due_digests"),
    "mail": (
        "Mail",
        "MailAddressError",
        "MailError",
        "MailHostError",
        "check_mail_host",
        "send_mail",
    ),
    "one_time_links": ("OneTimeLink", "make_reset_link", "token_hash"),
    "rate_limits": (
        "count_try",
        "keeping_keys",
        "mailing_keys",
        "proposing_keys",
        "reporting_keys",
    ),
    "rows": ("AccountRow", "AccountSessionRow", "AuditEntryRow", "OneTimeLinkRow", "SignInTryRow"),
    "sample_accounts": ("SAMPLE_EMAILS", "make_sample_accounts"),
    "sessions": ("LONGEST_SESSION", "write_sessions_seen"),
}

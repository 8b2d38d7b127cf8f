"""Staff accounts: sessions, second factor, rate limits, one-time links, audit log, mail."""

# What other parts of the product may import, by module.
INTERFACE = {
    "account_admin": ("list_accounts",),
    "audit": ("AuditFilters", "actor_of", "read_audit_log", "record_audit", "record_setting"),
    "digests": ("DueDigest", "take_due_digests"),
    "mail": (
        "Mail",
        "MailAddressError",
        "MailError",
        "MailHostError",
        "check_mail_host",
        "send_mail",
    ),
    "links": (
        "LIFETIMES",
        "LinkPurpose",
        "OF_ACCOUNTS",
        "OF_TERMINALS",
        "add_link",
        "links_deleted",
        "token_hash",
        "usable_link",
    ),
    "one_time_links": ("OneTimeLink", "make_reset_link"),
    "rate_limits": (
        "count_try",
        "keeping_keys",
        "mailing_keys",
        "proposing_keys",
        "reporting_keys",
    ),
    "rows": ("AccountRow", "AccountSessionRow", "AuditEntryRow", "LinkRow", "SignInTryRow"),
    "sample_accounts": ("SAMPLE_EMAILS", "make_sample_accounts"),
    "sessions": ("LONGEST_SESSION", "write_sessions_seen"),
}

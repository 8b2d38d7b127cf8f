"""Staff accounts: sessions, second factor, rate limits, one-time links, audit log, mail."""

# What other parts of the product may import, by module.
INTERFACE = {
    "account_admin": ("enable_account", "find_account", "invite", "list_accounts"),
    "audit": ("actor_of", "record_audit"),
    "mail": ("Mail", "MailError", "send_mail"),
    "one_time_links": ("OneTimeLink", "make_reset_link", "take_link", "token_hash"),
    "rate_limits": (
        "answering_key",
        "count_try",
        "keeping_key",
        "mailing_keys",
        "refuse_waiting",
        "reporting_keys",
        "slip_key",
    ),
    "rows": ("AccountRow", "AccountSessionRow", "OneTimeLinkRow", "SignInTryRow"),
    "sessions": ("LONGEST_SESSION", "write_sessions_seen"),
}

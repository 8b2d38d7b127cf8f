"""Verification: the check queue, quality findings, reports, provider links, suggestions."""

# What other parts of the product may import, by module.
INTERFACE = {
    "confirmation_mails": ("CONFIRMATION_MAILS",),
    "confirmation_sending": ("send_confirmations",),
    "feedback": ("record_report", "withdraw_report"),
    "quality": ("check_quality",),
    "records": ("ReportKind", "ReportStatus"),
    "rows": ("DuplicatePairRow", "ProblemReportRow", "SuggestionRow", "VerificationTryRow"),
    "website_checks": ("check_websites",),
}

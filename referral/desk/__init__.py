"""The reference desk: inquiries, needs, referrals, follow-ups, team notes, the interview."""

# What other parts of the product may import, by module.
INTERFACE = {
    "codes": (
        "AgeBand",
        "Barrier",
        "Channel",
        "ContactKind",
        "FollowUpStatus",
        "Household",
        "Method",
        "Outcome",
        "UNMET_GROUPS",
        "UnmetGroup",
        "UnmetReason",
        "WhyNot",
    ),
    "data_retention": ("TABLES_OF_PEOPLE", "erase_expired"),
    "records": ("ReferralResult", "complete_result"),
    "rows": ("FollowUpRow", "InquiryRow", "NeedRow", "ReferralRow"),
    "shift_notes": ("delete_expired_notes",),
}

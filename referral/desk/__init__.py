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
        "QuestionType",
        "UNMET_GROUPS",
        "UnmetGroup",
        "UnmetReason",
        "WhyNot",
    ),
    "contact_encryption": ("decrypt", "encrypt_with_first_key"),
    "desk_list": ("Desk", "list_desks", "read_desks"),
    "log_settings": ("LogField", "LogSettings", "WEEK", "log_settings"),
    "data_retention": ("erase_expired",),
    "records": ("ReferralResult", "complete_result"),
    "report_columns": ("last_closed_month",),
    "rows": (
        "DeskRow",
        "ErasedCountRow",
        "FollowUpRow",
        "InquiryRow",
        "NeedRow",
        "ReferralRow",
        "ShiftNoteRow",
        "TABLES_OF_PEOPLE",
    ),
    "shift_notes": ("delete_expired_notes",),
}

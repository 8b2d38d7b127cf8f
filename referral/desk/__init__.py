"""The reference desk: inquiries, needs, referrals, follow-ups, team notes, the interview."""

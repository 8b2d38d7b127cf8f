"""Reference desk: inquiries, needs, referrals, follow-ups, shift notes and the interview."""

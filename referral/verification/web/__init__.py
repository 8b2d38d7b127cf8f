"""Pages of verification: for staff, for anybody, for providers."""

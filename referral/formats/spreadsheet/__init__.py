"""Plain spreadsheets, read by a column mapping."""

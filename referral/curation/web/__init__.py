"""Pages of curators: record search, record form, history, preview, findability."""

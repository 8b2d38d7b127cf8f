"""One function per use case: opens the transaction, applies the rules, returns page objects."""

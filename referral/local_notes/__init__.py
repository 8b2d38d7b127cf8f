"""Local notes: values that the library sets on top of records from source lists."""

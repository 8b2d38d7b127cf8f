"""Files of a list: folder, archive, tables, workbooks, JSON lines."""

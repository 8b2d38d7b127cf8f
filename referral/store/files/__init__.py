"""Files that all nodes share: kept in pieces in the database, copied to a node that needs one."""

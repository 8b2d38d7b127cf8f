"""Reading in a process of its own, bounded in memory and time."""

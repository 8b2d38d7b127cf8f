"""Files of the public directory for others."""

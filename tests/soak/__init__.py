"""Long runs that can be stopped and continued: ``python -m tests.soak NAME``."""

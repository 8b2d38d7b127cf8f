"""Background jobs: queue, worker process, progress."""

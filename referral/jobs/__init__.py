"""Background jobs: their queue, worker process and progress."""

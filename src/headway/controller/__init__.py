"""What one process beside the workers does: it owns the database, and answers the admin API."""

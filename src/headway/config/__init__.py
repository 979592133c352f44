"""What was configured: one frozen tree of settings, and where each value came from."""

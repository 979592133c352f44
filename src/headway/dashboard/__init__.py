"""What people and programs look at and change: the admin API, and later the pages over it."""

"""What is remembered beside the models: API keys, in SQLite or PostgreSQL."""

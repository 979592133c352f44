"""A contract as pydantic models, and a user's own pydantic model as a contract."""

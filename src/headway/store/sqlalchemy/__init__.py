"""The database by SQLAlchemy Core; the only place of this part that imports it, beside the migrations."""

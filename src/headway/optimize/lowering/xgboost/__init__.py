"""What of XGBoost has a lowered form: its tree boosters, read from the document that they save."""

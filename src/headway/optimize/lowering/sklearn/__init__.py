"""What of scikit-learn has a lowered form: one module for each kind of step, each with a table."""

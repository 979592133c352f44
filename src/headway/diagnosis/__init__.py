"""What is wrong with this installation, and what is slow: checks that measure, and never raise."""

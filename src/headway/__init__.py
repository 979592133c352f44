"""Headway takes a trained model to production on one machine with one command."""

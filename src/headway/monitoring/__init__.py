"""What is happening: counters for Prometheus and one structured log line for each request."""

"""Which processes live: a supervisor that owns the socket, and the worker that answers on it."""

"""Arrow: tables as training frames, as what is predicted on, and as bodies of requests."""

"""Who may ask, and from where: API keys, and the refusal to listen to a network without one."""

"""How a request is answered: decode, check, execute, reply. The service layer knows no HTTP."""

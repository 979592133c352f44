"""How a database came to be as it is: each step once, in order."""

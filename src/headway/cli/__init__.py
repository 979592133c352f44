"""What the person at the terminal wants: one module for each command group, imported when it runs."""

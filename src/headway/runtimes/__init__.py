"""How a bundle is executed: one file per flavor, behind the port `Runtime`."""

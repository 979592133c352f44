"""What a release is made of: manifest, contract, golden rows, lowered form; written once, verified at each load."""

"""What may come in, and what comes out: one contract, and every checker that is made from it."""

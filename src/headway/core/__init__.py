"""The words that every part shares: batches, predictions, clocks, ids. numpy and the standard library only."""

"""Load for a server: requests that are due at times fixed beforehand, and what became of each.

Invariant: a latency counts from the time at which a request was due. A server that stalls, or a generator
that falls behind, makes the requests behind it late, and neither can hide that.
"""

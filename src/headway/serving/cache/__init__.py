"""Answers that are kept: in the worker, and in a Redis or Valkey that servers share.

One row's answer is kept, never a reply: each reply has ids of its own. What is looked up is a digest of the release, of what it
was asked for and of the row as the contract read it, so models, versions, thresholds and methods never share an answer.
"""

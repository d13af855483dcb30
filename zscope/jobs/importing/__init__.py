"""Importing a model: the sandboxed process, and the model made of what it read."""

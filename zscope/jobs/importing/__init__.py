"""Importing a model: starts the sandboxed process, and makes a bundle from its results."""

"""Gradients of listed models for the server, by a process of their own: the server itself loads no framework."""

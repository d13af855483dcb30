"""Runs imported ONNX networks in processes of their own, so that a network that crashes does not end the server."""

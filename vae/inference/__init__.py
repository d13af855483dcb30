"""Trained models in use: encoding, decoding, distances and paths."""

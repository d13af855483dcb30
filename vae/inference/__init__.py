"""Trained models in use: encoding, decoding, paths by gradients."""

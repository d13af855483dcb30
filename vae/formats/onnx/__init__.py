"""Writes networks as ONNX files from their graphs and weights; no framework is loaded."""

"""Encoders and decoders as graphs: the zoo's networks, all kinds of layers, and Keras models built from graphs."""

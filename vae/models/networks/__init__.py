"""Encoder and decoder as graphs: the networks of the zoo, every kind of layer, and Keras models built of them."""

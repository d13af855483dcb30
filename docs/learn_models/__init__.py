"""Trains the small models of the Learn page and measures them: `python -m docs.learn_models`.

All of them are trained by `vae.training.Trainer`. A mistake of a tutorial is one loss function (`mistakes`), which is
registered as an objective while this script runs.
"""

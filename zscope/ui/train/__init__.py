"""The Train page's parts: what to train on, with what settings, and the runs."""

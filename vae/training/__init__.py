"""Training: `objective` (loss), `batches` (order of images), `trainer` (a run in memory), `fit` (training loop)."""

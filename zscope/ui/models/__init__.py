"""The Models page's parts: the shelf of cards, and a model's own page."""

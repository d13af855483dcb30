"""Parts of the Models page: the list of cards, and a model's own page."""

"""Parts of the Train page: data set, settings, and runs."""

"""Pictures around a model: preparation, reconstruction, repair, films, contact sheets."""

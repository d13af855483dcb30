"""Pictures for and from a model: preparation, reconstruction, repair, films, contact sheets."""

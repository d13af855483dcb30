"""Parts of the Map page: settings, progress, selection, neighbours, directions, export."""

"""The Map page's parts: settings, how a map in the making stands, what a selection is of."""

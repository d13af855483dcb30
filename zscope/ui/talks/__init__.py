"""Talks: scenes are added on any page, edited on the Talks page, and walked through in stage mode."""

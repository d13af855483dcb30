"""The Interpolate page's parts."""

"""Model files: bundles, imports, exports."""

"""Files of models: bundles, imports, exports."""

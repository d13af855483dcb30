"""The benchmarks behind BENCHMARKS.md, baselines included. `make bench`."""

"""Speed and memory, measured: `python -m benchmarks` measures and rewrites docs/benchmarks.md."""

"""Speed of every kernel by itself, MB/s a core: `python -m benchmarks.kernels BUILD_OR_CLONES`."""

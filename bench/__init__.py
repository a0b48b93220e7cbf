"""Benchmarks; every figure is printed beside a probe measured in the same run."""

"""Benchmarks: how long builds of a survey take, beside what one would use instead."""

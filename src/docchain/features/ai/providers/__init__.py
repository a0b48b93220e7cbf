"""Whoever answers: remote services, a model in a process of ours, and plain methods; loaded when first used."""

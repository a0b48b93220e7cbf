"""Deterministic simulation: the engine's own driver in a world where a seed decides order, time and every fault."""

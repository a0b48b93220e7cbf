"""Durable execution: the pure machine, its journal and its local driver. Knows no feature."""

from docchain.engine.local import EngineLimits, EngineOptions, LocalEngine

__all__ = ["EngineLimits", "EngineOptions", "LocalEngine"]

"""The local driver: one process that gives the pure machine a journal, a clock and workers."""

from docchain.engine.local.engine import EngineOptions, LocalEngine

__all__ = ["EngineOptions", "LocalEngine"]

"""The local driver: one process that gives the pure machine a journal, a clock and workers."""

from docchain.engine.local.engine import EngineOptions, LocalEngine
from docchain.engine.local.gates import EngineLimits

__all__ = ["EngineLimits", "EngineOptions", "LocalEngine"]

"""Monitoring: whether the parts of the server are well."""

from docchain.features.monitoring.service import HealthService, Probe

__all__ = ["HealthService", "Probe"]

"""Monitoring: whether the parts of the server are well."""

from docchain.features.monitoring.probes import probes_of
from docchain.features.monitoring.service import Finding, HealthService, Probe

__all__ = ["Finding", "HealthService", "Probe", "probes_of"]

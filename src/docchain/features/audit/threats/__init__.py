"""Threats: what the log shows of attacks, told as alerts and, where the operator wants it, acted upon."""

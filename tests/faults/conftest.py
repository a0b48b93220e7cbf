"""Registers the marker of tests that kill processes."""


def pytest_configure(config):
    config.addinivalue_line("markers", "faults: starts and kills real processes; slow")

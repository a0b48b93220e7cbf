"""Document Workflow Chain: durable chains of document steps."""

__version__ = "0.1.0"

"""Rendering: Markdown, HTML or a template with data to PDF or HTML; pure functions that run in child processes."""

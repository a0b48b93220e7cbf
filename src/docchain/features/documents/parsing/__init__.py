"""Parsing: any supported file to one `ParsedDocument`; pure functions that run in child processes."""

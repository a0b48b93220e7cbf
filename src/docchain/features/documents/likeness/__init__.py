"""Likeness: documents with the same bytes, and documents whose texts say nearly the same, such as two scans of one."""

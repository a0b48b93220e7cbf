"""Comparing: what is different between two versions of a document, in text, values and pictures of pages."""

"""E-invoices: exact values from the XML that came with a document, and whether it keeps the published rules."""

"""Page work: PDFs are split, merged, rotated and reordered; what was there stays, what is made knows its pages."""

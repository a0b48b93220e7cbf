"""What models say of papers, held against the papers: a value or a quote that is not on a page is marked so."""

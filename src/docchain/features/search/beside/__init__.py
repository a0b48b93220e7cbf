"""What back ends beside the embedded one share: the analysis of texts, the forms of queries, and words shown."""

"""Proof: where documents and their values come from, told as W3C PROV, exported, and verified without us."""

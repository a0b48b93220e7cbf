"""Rate limits: how often who may ask."""

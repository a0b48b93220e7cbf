"""Sessions: one per sign-in, on one device, until it is ended, idle or old; everything a token stands for is here."""

"""Second factors: authenticator apps, recovery codes and passkeys; and proofs that it is still the same user."""

"""Sign-in at other providers by OpenID Connect: authorization code with PKCE, and whom that stands for here."""

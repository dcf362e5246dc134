"""Stand-ins for the platforms: small servers that check what they get and sign what they send."""

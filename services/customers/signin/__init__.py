"""The built-in sign-in: staff with a password get a token, for a firm without an identity provider."""

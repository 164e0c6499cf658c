"""What several gateways share: the settings row and the gateway's tokens, in SQLite or PostgreSQL. Import it late."""

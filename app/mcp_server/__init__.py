"""The MCP server: local models as tools for other programs."""

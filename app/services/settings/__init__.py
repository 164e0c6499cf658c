"""Configuration: the schema, the layers it is made from, and where each value came from."""

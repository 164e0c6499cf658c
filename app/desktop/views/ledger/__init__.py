"""Windows about one answer: what it was asked with, and how it differs from another version."""

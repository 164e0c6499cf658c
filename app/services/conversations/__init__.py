"""Conversations: a tree of messages in SQLite, and the answers that are written into it."""

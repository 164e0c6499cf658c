"""The command palette: one field that finds messages, chats, commands and settings."""

"""The blocks a message is painted of; each lays itself out, paints itself and knows its text."""

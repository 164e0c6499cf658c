"""The pane Statistics."""

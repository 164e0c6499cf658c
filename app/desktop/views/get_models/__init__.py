"""The pane “Get models”."""

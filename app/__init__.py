"""AI Coder Assistant. Holds the version only: importing `app` must cost nothing."""

__version__ = "0.1.0"

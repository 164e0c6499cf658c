"""What answers measured here, by model and over time."""

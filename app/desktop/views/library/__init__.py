"""Windows over what is kept under names: presets and prompts."""

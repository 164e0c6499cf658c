"""The core: everything the product does, with no Qt, web framework or terminal in it."""

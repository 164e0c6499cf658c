"""What a chat is asked with, to be seen and changed."""

"""Messages: decided, written, sent, and what became of them."""

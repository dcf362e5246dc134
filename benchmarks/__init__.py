"""Measures the assistant: what it understands, how safe it is, how fast it answers."""

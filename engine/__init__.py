"""The engine: Rasa with our own components."""

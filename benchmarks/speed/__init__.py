"""`make bench`: how fast the assistant is beside the bot that `rasa init` makes."""

"""The web app: the only process that the outside reaches."""

"""The clinic's domain: profile, screening, triage, consultations and the data that is kept.

Nothing here imports a web framework or Rasa; the gateway and the actions call it.
"""

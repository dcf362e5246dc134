"""The pages that people see: the clinic's page and the files of the chat widget."""

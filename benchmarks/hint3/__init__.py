"""`make evaluate-hint3`: the pipeline on real users' messages that nobody here wrote."""

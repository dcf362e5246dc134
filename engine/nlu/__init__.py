"""Understanding: featurizer, classifier and the clinical extractor."""

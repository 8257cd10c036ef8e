"""Questions made from schemas, pretraining of the embedded model, fine-tuning."""

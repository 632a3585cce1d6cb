"""The experiments of chapter 7: what explains these models, what breaks them, what they carry."""

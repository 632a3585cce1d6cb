"""Chapter 7: speed, interpretability, robustness and transfer."""

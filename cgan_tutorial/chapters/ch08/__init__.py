"""The experiments of chapter 8: networks chosen by measure, words, colour, diffusion."""

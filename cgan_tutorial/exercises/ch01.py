"""The exercises of chapter 1."""

from __future__ import annotations

import numpy as np

from cgan_tutorial.exercises.answers import Answer, Exercise, Trained

FIRST, SECOND = np.array([0.0, 2.0]), np.array([4.0, 0.0])

EXERCISES: dict[str, Exercise | Trained] = {
    "01-1": Exercise(
        right=5,
        why="Even the last picture, the reconstruction of a real 8, is classified as another "
        "digit: the 32 numbers did not keep what makes it an 8.",
        hint="Run the cell with `number = 9`, and count the pictures that are classified as "
        "neither 3 nor 8.",
        wrong=(
            Answer(0, "That is the count of the pair with `number = 4`."),
            Answer(
                6, "That is how many are classified as 3. Count those that are neither 3 nor 8."
            ),
            Answer(2, "Count the pictures; do not give the digit that they are classified as."),
            Answer(11, "That is the count of all pictures on the path."),
        ),
    ),
    "01-2": Exercise(
        right=24.5,
        why="Each digit has 784 pixels and 32 latent numbers. A number of the latent vector may "
        "take more bits than a pixel, so the file need not shrink by the same factor.",
        hint="Divide the number of pixels by the length of a latent vector.",
        wrong=(
            Answer(32 / 784, "You divided the other way around."),
            Answer(752, "That is the difference. How many times does one go into the other?"),
            Answer(28 / 32, "28 pixels are one side of the image. How many pixels does it have?"),
            Answer(25, "Do not round."),
            Answer(24, "Do not round."),
        ),
    ),
    "01-3": Exercise(
        right="conditional-gan",
        why="It is the only one that receives a class beside the random numbers.",
        hint="Look for the column “receives a class” in section 4, and write the name in "
        "quotation marks as it is in the first column.",
        wrong=(
            Answer("cgan", "The article's CGAN has an encoder, but it receives no class."),
            Answer("gan", "It generates digits, but you cannot choose which."),
            Answer("vae", "It generates digits, but you cannot choose which."),
            Answer("autoencoder", "It needs a 7 as its input."),
            Answer("denoiser", "It needs a noisy 7 as its input."),
            Answer("conditional gan", "Write its name as `models.pretrained` takes it."),
        ),
    ),
    "01-4": Exercise(
        right=lambda a, b, share: (1 - share) * a + share * b,
        why="`between` in section 2 has the same line.",
        hint="Each of the two vectors is multiplied by a number, and the two numbers add up to 1.",
        wrong=(
            Answer(
                lambda a, b, share: share * a + (1 - share) * b,
                "The shares are swapped: a share of 0 must return `a`.",
            ),
            Answer(lambda a, b, share: a + share * b, "A share of 1 must return `b` alone."),
            Answer(lambda a, b, share: (a + b) / 2, "That is the middle, for each share."),
            Answer(lambda a, b, share: share * (b - a), "You left out the start of the path."),
        ),
        cases=((FIRST, SECOND, 0.25), (FIRST, SECOND, 0.0), (FIRST, SECOND, 1.0)),
    ),
    "01-5": Exercise(
        right=4,
        why="The pairs 1, 2, 6 and 9. The other six paths contain 3s and 8s only.",
        hint="For each pair, test whether any of the eleven pictures is neither 3 nor 8.",
        wrong=(
            Answer(6, "You counted the paths that contain 3s and 8s only."),
            Answer(9, "You counted pictures. A path counts once, however many go wrong."),
            Answer(1, "That counts the paths whose last picture is not classified as 8."),
            Answer(10, "Every path contains a 3, so `!= 8` alone is true for all ten."),
        ),
    ),
}

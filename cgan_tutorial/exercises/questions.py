"""The questions of the quizzes, five on a chapter."""

from __future__ import annotations

from typing import NamedTuple


class Question(NamedTuple):
    """A question, its right answer and why it is right, and wrong answers with what is wrong."""

    text: str
    right: str
    why: str
    wrong: dict[str, str]


BACKGROUND = (
    Question(
        "What does the slider between two digits mix?",
        "the two latent vectors, number by number",
        "The decoder then draws the mixed vector.",
        {
            "the pixels of the two images": "That would show both digits through each other. "
            "The slider mixes before decoding.",
            "the weights of two decoders": "There is one decoder, and its weights stay fixed.",
        },
    ),
    Question(
        "Which network finds the latent vector of a given image?",
        "an encoder",
        "It maps an image to a latent vector.",
        {
            "a generator": "It goes the other way, from a latent vector to an image.",
            "a discriminator": "It maps an image to a score, not to a latent vector.",
        },
    ),
    Question(
        "A decoder and a generator are the same kind of network. When do we say generator?",
        "when its input is drawn at random",
        "We say decoder when the input comes from an encoder.",
        {
            "when it has more layers": "The two may have the same layers.",
            "when its images are sharper": "The name says where the input comes from, not how "
            "good the images are.",
        },
    ),
    Question(
        "What does CGAN mean in the literature?",
        "a conditional GAN: both networks receive a class",
        "Mirza and Osindero introduced it in 2014.",
        {
            "a GAN joined with an autoencoder": "The article calls that a computational GAN. The "
            "name is its own.",
            "a GAN with convolutions": "That is a DCGAN.",
        },
    ),
    Question(
        "What is the autoencoder for in a latent diffusion model?",
        "it compresses images, so that the diffusion model works on small latents",
        "Its decoder turns the result into an image again.",
        {
            "it tells real images from generated ones": "That is what a discriminator does.",
            "it turns the text of the prompt into an image": "The text steers the diffusion model. "
            "The autoencoder knows no text.",
        },
    ),
)
THEORY = (
    Question(
        "The generator is fixed. Which D(x) minimizes the discriminator's cross-entropy?",
        "p(x) / (p(x) + q(x)), with the densities p of real and q of fake images",
        "It is the share of real images among all that are seen at x.",
        {
            "p(x), the density of real images": "A density may exceed 1, and the fakes at x "
            "count, too.",
            "1 for each real image, 0 for each fake": "One D(x) must serve both wherever p and q "
            "overlap.",
        },
    ),
    Question(
        "Who minimizes the cross-entropy of real and fake in the min-max game?",
        "the discriminator",
        "The generator tries to make it large.",
        {
            "the generator": "It maximizes it: good fakes make the discriminator's task hard.",
            "both networks together": "Then the generator would make fakes that are easy to tell.",
        },
    ),
    Question(
        "Why can the minimax generator stop learning when D is sure?",
        "log(1 − D(G(z))) is flat where D(G(z)) is near 0",
        "Its slope in the score is −D(G(z)), so it vanishes.",
        {
            "the loss becomes infinite": "log(1 − 0) is 0, so the loss is finite. Its slope is "
            "what vanishes.",
            "the discriminator's weights are fixed": "They are fixed in the generator's step, but "
            "the gradient passes through them.",
        },
    ),
    Question(
        "The decoder receives the image x as well as the latent vector z. What happens?",
        "the error can be 0, and the encoder learns nothing",
        "A decoder that has x can return x, whatever z is.",
        {
            "the reconstructions become better, and so do the latent vectors": "Nothing depends "
            "on z any more, so no gradient improves the encoder.",
            "nothing changes, because z is computed from x": "z is shorter than x. The decoder "
            "must rebuild x from it only if it does not have x.",
        },
    ),
    Question(
        "Fakes reach 8 of 8 modes, but their distance from the real points is as large as for "
        "fakes on 2 modes. How can this be?",
        "many of the fakes lie between the modes",
        "A few fakes are enough to reach a mode. The distance counts all fakes.",
        {
            "one of the two numbers must be wrong": "They measure different things, and both "
            "can be right.",
            "the discriminator is too strong": "Neither of the two numbers depends on the "
            "discriminator.",
        },
    ),
)
AUTOENCODER = (
    Question(
        "An autoencoder's training loss keeps falling while its validation loss rises. What is it?",
        "over-fitting: the network learns the training images by heart",
        "What helps with these images does not help with new ones.",
        {
            "the learning rate is too large": "Then the training loss would not fall steadily.",
            "the latent vector is too short": "Then both losses would stay high.",
        },
    ),
    Question(
        "Why does a plain autoencoder decode standard normal latents badly?",
        "its encoded digits are distributed in another way",
        "Most of these latents lie where the decoder saw no digit.",
        {
            "its decoder has too few weights": "The same decoder reconstructs test digits well.",
            "its latent vector has too few numbers": "More numbers leave even more empty space.",
        },
    ),
    Question(
        "Why does a VAE compute z as μ + σε?",
        "so that gradients reach μ and σ although z is random",
        "This is the reparametrization trick.",
        {
            "so that z lies between 0 and 1": "z may be any number; its prior is standard normal.",
            "so that the encoder is no longer random": "z stays random. The randomness comes from "
            "ε, which does not depend on weights.",
        },
    ),
    Question(
        "What does a larger β do in a VAE?",
        "it weighs the KL loss more, so the latents say less about the image",
        "In the extreme the decoder ignores them: posterior collapse.",
        {
            "it adds more noise to the training images": "That is σ of the denoising autoencoder.",
            "it makes the reconstructions sharper": "They get worse, because the reconstruction "
            "loss counts less beside the KL loss.",
        },
    ),
    Question(
        "What are input and target of a denoising autoencoder in training?",
        "a noisy image, and the clean one",
        "It cannot copy the input, so it has to know what digits look like.",
        {
            "a clean image, and the noisy one": "It would learn to blur: noise is not predictable.",
            "a noisy image, and the same noisy image": "It would learn to keep the noise.",
        },
    ),
)
GAN = (
    Question(
        "The discriminator's loss has a stop-gradient at the fake images. What does it prevent?",
        "that this loss changes the generator",
        "The generator would otherwise learn to make fakes that are easy to tell.",
        {
            "that this loss changes the discriminator": "Changing the discriminator is what the "
            "loss is for.",
            "that gradients become too large": "The slope penalty keeps them small.",
        },
    ),
    Question(
        "How does the non-saturating loss differ from the minimax loss?",
        "the generator minimizes −log D(G(z)), which pushes most where D rejects the fakes",
        "The discriminator's loss is the same.",
        {
            "the discriminator gets another loss": "Only the generator's loss is another.",
            "the discriminator is trained more often": "How often each network is trained does not "
            "belong to the loss.",
        },
    ),
    Question(
        "The discriminator gives every image the probability 1/2. What do you know?",
        "it cannot tell real from fake",
        "An untrained discriminator cannot either, so this says nothing about the images.",
        {
            "the generated images are perfect": "A discriminator that has learned nothing gives "
            "the same values for black squares.",
            "the training has failed": "At the equilibrium of the game, 1/2 is right everywhere.",
        },
    ),
    Question(
        "A generator makes good images, but only of the digit 1. Which measures notice?",
        "recall, and the share of the rarest class",
        "Both ask whether all kinds of real digits are generated.",
        {
            "precision": "Each sample lies among real digits, so the precision is high.",
            "the distance to the nearest training digit": "It finds copies, and a "
            "good 1 need not be a copy.",
        },
    ),
    Question(
        "Which network receives the class in a conditional GAN?",
        "both the generator and the discriminator",
        "So the discriminator can reject a good 7 if the class is 3.",
        {
            "the generator alone": "Then nothing in its loss would reward the right class.",
            "the discriminator alone": "Then the generator could not know which class to make.",
        },
    ),
)
QUESTIONS = {"01": BACKGROUND, "02": THEORY, "03": AUTOENCODER, "04": GAN}

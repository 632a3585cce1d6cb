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
        "Its slope in the logit is −D(G(z)), so it vanishes.",
        {
            "the loss becomes infinite": "log(1 − 0) is 0, so the loss is finite. Its slope is "
            "what vanishes.",
            "the discriminator's weights are fixed": "They are fixed in the generator's step, but "
            "the gradient passes through them.",
        },
    ),
    Question(
        "Two Gaussians move farther and farther apart. What does their Jensen–Shannon divergence "
        "do?",
        "it flattens out at log 2",
        "Once they hardly overlap, it cannot tell far from farther.",
        {
            "it grows without bound": "The Kullback–Leibler divergence and the Wasserstein "
            "distance do.",
            "it falls to 0": "It is 0 only for equal distributions.",
        },
    ),
    Question(
        "Two players take simultaneous gradient steps in f(a, b) = a·b. What happens?",
        "they spiral outwards",
        "Each step multiplies the distance from the equilibrium by √(1 + step²).",
        {
            "they converge to the equilibrium": "For that they need a penalty, or a look ahead.",
            "they stay on a circle": "Only in the limit of infinitely small steps.",
        },
    ),
)
AUTOENCODER = (
    Question(
        "What does a linear autoencoder with a squared error learn?",
        "the subspace that the first principal components span",
        "It has the same error as PCA.",
        {
            "the principal components, in their order": "Nothing in the loss prefers one basis of "
            "the subspace, so the axes may be rotated and scaled.",
            "to copy every image exactly": "Only as many dimensions as the latent vector has can "
            "be kept.",
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
            "a clean image, and the noisy one": "It would learn to blur: nobody can predict noise.",
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
        "A generator makes nothing but good ones. Which measures notice?",
        "recall, and the share of the rarest class",
        "Both ask whether all kinds of real digits are generated.",
        {
            "precision": "Each sample lies among real digits, so the precision is high.",
            "the distance to the nearest training digit": "It finds copies. Good ones need not be "
            "copies.",
        },
    ),
    Question(
        "Which network receives the class in a conditional GAN?",
        "both the generator and the discriminator",
        "So the discriminator can reject a good 7 where a 3 was asked for.",
        {
            "the generator alone": "Then nothing in its loss would reward the right class.",
            "the discriminator alone": "Then the generator could not know what is asked for.",
        },
    ),
)
QUESTIONS = {"01": BACKGROUND, "02": THEORY, "03": AUTOENCODER, "04": GAN}

"""The models of the book, one idea a file, and a way to build them by name."""

from cgan_tutorial.models.autoencoder import Autoencoder, DenoisingAutoencoder
from cgan_tutorial.models.base import BookModel, EncodingModel, LatentModel
from cgan_tutorial.models.cgan import CGAN
from cgan_tutorial.models.conditional import ConditionalGAN
from cgan_tutorial.models.gan import GAN
from cgan_tutorial.models.pretrained import pretrained
from cgan_tutorial.models.registry import MODELS, build
from cgan_tutorial.models.stabilized import StabilizedGAN
from cgan_tutorial.models.translator import Translator
from cgan_tutorial.models.vae import VAE

__all__ = [
    "CGAN",
    "GAN",
    "MODELS",
    "VAE",
    "Autoencoder",
    "BookModel",
    "ConditionalGAN",
    "DenoisingAutoencoder",
    "EncodingModel",
    "LatentModel",
    "StabilizedGAN",
    "Translator",
    "build",
    "pretrained",
]

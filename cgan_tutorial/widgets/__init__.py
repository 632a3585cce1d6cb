"""What a reader moves: HTML in which the page computes, and a still picture elsewhere."""

from cgan_tutorial.widgets.explorer import latent_explorer
from cgan_tutorial.widgets.frames import frames
from cgan_tutorial.widgets.game import game
from cgan_tutorial.widgets.latent_axes import LatentAxes, principal_axes, sensitive_axes
from cgan_tutorial.widgets.morphing import between, morph
from cgan_tutorial.widgets.pad import draw_digit

__all__ = [
    "LatentAxes",
    "between",
    "draw_digit",
    "frames",
    "game",
    "latent_explorer",
    "morph",
    "principal_axes",
    "sensitive_axes",
]

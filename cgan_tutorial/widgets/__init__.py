"""What a reader moves: each widget stands on plain functions that need no front end."""

from cgan_tutorial.widgets.draw import DrawWidget, draw
from cgan_tutorial.widgets.game import GameWidget, game
from cgan_tutorial.widgets.latent_axes import LatentAxes, principal_axes, sensitive_axes
from cgan_tutorial.widgets.latent_sliders import LatentSliders, latent_sliders
from cgan_tutorial.widgets.morph import Morph, between, morph
from cgan_tutorial.widgets.rendering import render

__all__ = [
    "DrawWidget",
    "GameWidget",
    "LatentAxes",
    "LatentSliders",
    "Morph",
    "between",
    "draw",
    "game",
    "latent_sliders",
    "morph",
    "principal_axes",
    "render",
    "sensitive_axes",
]

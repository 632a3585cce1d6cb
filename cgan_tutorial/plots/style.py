"""Colors and sizes of all figures."""

from __future__ import annotations

import matplotlib
from matplotlib import font_manager

# Okabe & Ito (2008): eight colors that colorblind readers can tell apart.
COLOURS = ["#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9", "#000000", "#F0E442"]
# Ten classes, ten colors, each legible as a small digit on white (after Tableau 10).
TEN_COLORS = (
    *("#4E79A7", "#D62728", "#2CA02C", "#E377C2", "#17A2B8"),
    *("#8C564B", "#000000", "#F28E2B", "#7B3FA0", "#9A9A00"),
)
# For names in Chinese, Japanese and Korean, those of these fonts that are installed.
CJK = (
    *("Noto Sans CJK SC", "Noto Sans CJK JP", "Source Han Sans SC", "WenQuanYi Micro Hei"),
    *("PingFang SC", "Hiragino Sans GB", "Microsoft YaHei", "SimHei", "Arial Unicode MS"),
)
FONTS = set(font_manager.get_font_names())
FEW_COLORS, STORED_COLORS = 10_000, 64
# Inches; for pictures of many images.
WIDTH = 7.0
# Pixels of a stored figure for each pixel on the screen.
SCALE = 2
# Legible on white and on a dark page.
GRAY = "#757575"
OPAQUE = 255
STYLE = {
    "axes.prop_cycle": matplotlib.cycler(color=COLOURS),
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 11,
    "font.family": [*matplotlib.rcParams["font.family"], *(n for n in CJK if n in FONTS)],
    "figure.figsize": (7.5, 3.5),
    "figure.dpi": 96,
    "lines.linewidth": 2,
}

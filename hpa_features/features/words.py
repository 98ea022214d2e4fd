"""How channels are called in sentences that a biologist reads."""

from __future__ import annotations

from collections.abc import Mapping

from hpa_features.core.types import Channel

STAIN: Mapping[Channel, str] = {
    Channel.DNA: "DNA",
    Channel.MICROTUBULES: "the microtubule stain",
    Channel.ER: "the ER stain",
    Channel.PROTEIN: "the protein",
}

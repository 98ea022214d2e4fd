"""What each location looks like, and which features biology says should find it.

Written before any figure, but for six columns that the choosing fields showed to measure what the
looks say; none came from held-out fields. The looks are those of the Human Protein Atlas.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple


class Expected(NamedTuple):
    """One sentence on the looks, and columns of the cell table."""

    looks: str
    columns: tuple[str, ...]


EXPECTED: Mapping[str, Expected] = MappingProxyType(
    {
        "Nucleoplasm": Expected(
            "Fills the nucleus, with or without its nucleoli, smooth to finely punctate.",
            (
                "Nuclei_Intensity_CellShare_Protein",
                "Nuclei_Intensity_MeanRatio_Protein",
                "Cells_Correlation_Pearson_Protein_DNA",
            ),
        ),
        "Nuclear membrane": Expected(
            "A thin, slightly uneven circle around the nucleus.",
            (
                "Nuclei_Landmark_RimToInside_Protein",
                "Nuclei_Landmark_RimToOutside_Protein",
                "Nuclei_Landmark_RimPeak_Protein",
                "Nuclei_RadialDistribution_NuclearShellLevel_Protein_0to600nm",
            ),
        ),
        "Nucleoli": Expected(
            "One to six large round bodies in the nucleus, where its DNA is weak.",
            (
                "Nuclei_Landmark_HoleLevel15_Protein_DNA",
                "Nuclei_Landmark_BrightestInHoles_Protein_DNA",
                "Nuclei_Correlation_Pearson_Protein_DNA",
            ),
        ),
        "Nucleoli fibrillar center": Expected(
            "Small bright dots or short strings inside each nucleolus.",
            (
                "Nuclei_LandmarkFine_SpotShareInHoles_Protein_DNA",
                "Nuclei_LandmarkFine_TopContrastInHolesExcess_Protein_DNA",
                "Nuclei_LandmarkFine_CoarseLevelInHoles_Protein_DNA",
            ),
        ),
        "Nuclear speckles": Expected(
            "Twenty to fifty irregular spots in the nucleus that spare the nucleoli.",
            (
                "Nuclei_Spots_LightShare_Protein_1280nm",
                "Nuclei_BandPass_Contrast_Protein_1280nm",
                "Nuclei_Spots_DNARank_Protein_DNA_1280nm",
            ),
        ),
        "Nuclear bodies": Expected(
            "A few distinct round dots in the nucleus.",
            (
                "Nuclei_Spots_TopContrast_Protein_640nm",
                "Nuclei_BandPass_Kurtosis_Protein_640nm",
                "Nuclei_Intensity_Top1Share_Protein",
            ),
        ),
        "Endoplasmic reticulum": Expected(
            "A network through the cytoplasm, densest at the nucleus: as the ER channel.",
            (
                "Cytoplasm_Correlation_PearsonFine_Protein_ER_1280nm",
                "Cytoplasm_LandmarkFine_ERRichLocal_Protein_ER",
                "Cytoplasm_Correlation_UnmixedER_Protein_DNA_Microtubules_ER",
            ),
        ),
        "Golgi apparatus": Expected(
            "Ribbons and stacks on one side of the nucleus, 1 to 6 µm from it.",
            (
                "Cytoplasm_Landmark_CrescentOneSided_Protein",
                "Cytoplasm_Landmark_CrescentPeak_Protein",
                "Cytoplasm_LandmarkFine_SideOfCentre_Protein_Microtubules",
                "Cytoplasm_RadialDistribution_BrightestToNucleusExcess_Protein",
            ),
        ),
        "Peroxisomes": Expected(
            "Many small dots of one size all over the cytoplasm.",
            (
                "Cytoplasm_Spots_Density_Protein_640nm",
                "Cytoplasm_BandPass_Share_Protein_640nm",
                "Cytoplasm_Spots_ToNucleusExcess_Protein_640nm",
            ),
        ),
        "Endosomes": Expected(
            "Vesicles of several sizes, denser towards the nucleus.",
            (
                "Cytoplasm_Spots_LightShare_Protein_640nm",
                "Cytoplasm_Spots_ToNucleusExcess_Protein_640nm",
                "Cytoplasm_Spots_Contrast_Protein_640nm",
                "Cytoplasm_LandmarkFine_SpotShareAtCentre_Protein_Microtubules_1280nm",
            ),
        ),
        "Lysosomes": Expected(
            "Larger, brighter vesicles, many of them clustered next to the nucleus.",
            (
                "Cytoplasm_Spots_LightShare_Protein_1280nm",
                "Cytoplasm_Spots_Contrast_Protein_1280nm",
                "Cytoplasm_LandmarkFine_SpotsAtCentre_Protein_Microtubules_1280nm",
                "Cytoplasm_LandmarkFine_BrightestToCentreExcess_Protein_Microtubules",
            ),
        ),
        "Intermediate filaments": Expected(
            "Curly bundles through the cytoplasm, often a cage around the nucleus, separate from "
            "microtubules.",
            (
                "Cytoplasm_Filament_Strength_Protein_320nm",
                "Cytoplasm_Filament_StrengthAtNucleus_Protein",
                "Nuclei_Landmark_RimToInside_Protein",
                "Cytoplasm_Filament_OnRidgesExcess_Protein_Microtubules",
            ),
        ),
        "Actin filaments": Expected(
            "Long straight parallel fibres, also over the nucleus, and a rim at the cell's edge.",
            (
                "Cytoplasm_Filament_Coherence_Protein_960nm",
                "Nuclei_Filament_StrengthOverNucleus_Protein",
                "Cytoplasm_Filament_LongestStraight_Protein",
                "Cells_Filament_Order_Protein",
            ),
        ),
        "Focal adhesion sites": Expected(
            "Short dense strokes at the free edge of the cell that point outwards.",
            (
                "Cytoplasm_LandmarkFine_EdgeSpotLevel_Protein",
                "Cytoplasm_LandmarkFine_EdgeSpotElongation_Protein",
                "Cytoplasm_LandmarkFine_EdgeSpotAcross_Protein",
                "Cytoplasm_Landmark_EdgePatches_Protein",
            ),
        ),
        "Microtubules": Expected(
            "Thin strands through the whole cell: as the microtubule channel.",
            (
                "Cytoplasm_Correlation_PearsonFine_Protein_Microtubules_1280nm",
                "Cytoplasm_Filament_OnRidgesExcess_Protein_Microtubules",
                "Cytoplasm_LandmarkFine_RidgesToGaps_Protein_Microtubules",
            ),
        ),
        "Microtubule ends": Expected(
            "Comets and short dashes on the far ends of microtubules.",
            (
                "Cytoplasm_LandmarkFine_EndsToGaps_Protein_Microtubules",
                "Cells_LandmarkFine_SpotLightToNucleus_Protein_640nm",
                "Cytoplasm_RadialDistribution_BrightestToNucleusExcess_Protein",
            ),
        ),
        "Cytokinetic bridge": Expected(
            "A thin bar or dot between two daughter cells; few cells of a field show it.",
            (
                "Cells_Contact_BridgePeak_Protein_Microtubules",
                "Cells_Contact_BridgeLevel_Protein_Microtubules",
                "Cells_Contact_BridgeBoth_Protein_Microtubules",
            ),
        ),
        "Mitotic spindle": Expected(
            "A spindle of fibres around condensed chromosomes; few cells of a field show it.",
            (
                "Cells_LandmarkFine_SpindleNearLevel_Protein",
                "Cells_LandmarkFine_SpindleNearLevel_Protein_Microtubules",
                "Cells_LandmarkFine_SpindleLevel_Protein",
            ),
        ),
        "Microtubule organizing center": Expected(
            "A granular cloud of 1 to 3 µm where microtubules converge, next to the nucleus.",
            (
                "Cells_LandmarkFine_CentreLevel_Protein_Microtubules_1000to3000nm",
                "Cells_LandmarkFine_BrightestToCentre_Protein_Microtubules",
                "Cytoplasm_LandmarkFine_SpotsAtCentre_Protein_Microtubules_640nm",
                "Cytoplasm_LandmarkFine_BodyLevel_Protein",
                "Cytoplasm_LandmarkFine_BodyShare_Protein",
            ),
        ),
        "Centrosome": Expected(
            "One or two sharp small dots at the nucleus, where microtubules start.",
            (
                "Cells_LandmarkFine_CentreLevel_Protein_Microtubules_0to1000nm",
                "Cells_LandmarkFine_CentreSharpness_Protein_Microtubules",
                "Cells_LandmarkFine_StrongestSpotAtCentre_Protein_Microtubules",
                "Cytoplasm_BandPass_Kurtosis_Protein_640nm",
            ),
        ),
        "Lipid droplets": Expected(
            "Round droplets, the larger ones as rings with a dark centre, without ER.",
            (
                "Cytoplasm_LandmarkFine_LevelInERHoles_Protein_ER",
                "Cytoplasm_LandmarkFine_ERAtSpots_Protein_ER_640nm",
                "Cytoplasm_LandmarkFine_RingTop_Protein_640nm",
                "Cytoplasm_LandmarkFine_LevelInRings_Protein_ER",
            ),
        ),
        "Plasma membrane": Expected(
            "The rim of the cell, all round; in flat cells also a veil over all of it.",
            (
                "Cytoplasm_Landmark_EdgeLevel_Protein",
                "Cytoplasm_RadialDistribution_EdgeShellLevel_Protein_0to600nm",
                "Cells_Correlation_UnmixedCellEdge_Protein_DNA_Microtubules_ER",
            ),
        ),
        "Cell junctions": Expected(
            "Lines and patches where two cells touch, and nowhere else on the edge.",
            (
                "Cytoplasm_Contact_ContactToFree_Protein",
                "Cytoplasm_Contact_ContactToInterior_Protein",
                "Cytoplasm_Contact_BrightestAtContact_Protein",
            ),
        ),
        "Mitochondria": Expected(
            "Worm-like threads under 1 µm wide all over the cytoplasm, none in the nucleus.",
            (
                "Cytoplasm_BandPass_Contrast_Protein_1280nm",
                "Cytoplasm_Filament_Strength_Protein_640nm",
                "Nuclei_Intensity_MeanRatio_Protein",
            ),
        ),
        "Aggresome": Expected(
            "One dense round body at the nucleus, where microtubules are missing.",
            (
                "Cytoplasm_LandmarkFine_BodyDeficit_Protein_Microtubules",
                "Cytoplasm_LandmarkFine_BodyRoundness_Protein",
                "Cytoplasm_LandmarkFine_BodyLevel_Protein",
                "Cytoplasm_LandmarkFine_BodyDent_Protein",
            ),
        ),
        "Cytosol": Expected(
            "A smooth veil through the cytoplasm; the nucleus is often spared.",
            (
                "Cytoplasm_Intensity_MeanRatio_Protein",
                "Cytoplasm_BandPass_Contrast_Protein_1280nm",
                "Cytoplasm_Texture_Contrast_Protein_320nm",
            ),
        ),
        "Cytoplasmic bodies": Expected(
            "A few round spots of 0.5 to 1.5 µm anywhere in the cytoplasm.",
            (
                "Cytoplasm_Spots_TopContrast_Protein_1280nm",
                "Cytoplasm_BandPass_Share_Protein_1280nm",
                "Cytoplasm_BandPass_Kurtosis_Protein_1280nm",
                "Cytoplasm_BandPass_Skewness_Protein_1280nm",
            ),
        ),
        "Rods & rings": Expected(
            "A few straight rods of 3 to 10 µm and rings of 2 to 5 µm, apart from microtubules.",
            (
                "Cytoplasm_LandmarkFine_RingTop_Protein_1280nm",
                "Cytoplasm_Filament_StrongestShare_Protein",
                "Cytoplasm_Filament_StrengthCV_Protein",
            ),
        ),
    }
)

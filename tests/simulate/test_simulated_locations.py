"""The protein of each of the later seventeen locations lies where its biology says, only there."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from hpa_features.simulate.biology import SEEN_IN_LANDMARKS
from hpa_features.simulate.cells import Phase
from hpa_features.simulate.contacts import contact_edge
from hpa_features.simulate.culture import GROWING
from hpa_features.simulate.division import divisions
from hpa_features.simulate.lines import CELL_LINES
from hpa_features.simulate.patterns import PATTERNS
from hpa_features.simulate.planes import block_mean
from hpa_features.simulate.protein import level
from hpa_features.simulate.scene import scene

STEP = 0.16
LINES = {line.name: line for line in CELL_LINES}


def view_of(seed, needs=(), line="broad", size=640):
    return scene(
        LINES[line], (size, size), STEP, seed, "locations", culture=GROWING, needs=set(needs)
    )


@pytest.fixture(scope="module")
def view():
    """A field that holds a spindle, a bridge, contacts and aggresomes."""
    return view_of(0, SEEN_IN_LANDMARKS, "epithelial")


@pytest.fixture(scope="module")
def made(view):
    return {
        name: PATTERNS[name](view, np.random.default_rng(5), np.random.default_rng(6))
        for name in PATTERNS
    }


def away_from(view, places):
    """Distance in µm of each pixel from the nearest of `places`."""
    y, x = ((np.arange(size, dtype=np.float32) + 0.5) * STEP for size in view.anatomy.shape)
    away = np.full(view.anatomy.shape, np.inf, np.float32)
    for row, column in np.asarray(places).reshape(-1, 2):
        np.minimum(away, np.hypot(y[:, None] - row, x - column), out=away)
    return away


def bright(plane, part=0.35):
    return plane > part * np.quantile(plane[plane > 0], 0.999)


@pytest.mark.parametrize("name", PATTERNS)
def test_every_pattern_is_finite_not_negative_and_inside_cells(view, made, name):
    plane = made[name]
    assert np.isfinite(plane).all()
    assert plane.min() >= 0
    assert plane.sum() > 0
    away = ndimage.distance_transform_edt(view.anatomy.labels == 0) * STEP > 1
    assert plane[away].sum() < 1e-3 * plane.sum()


@pytest.mark.parametrize("name", PATTERNS)
def test_a_structure_s_level_is_that_of_its_bright_part(view, made, name):
    """Were the level taken on dim surroundings, small structures would be far too bright."""
    plane = block_mean(made[name], 2)
    peak = np.quantile(plane[bright(plane)], 0.9)
    assert 0.8 < peak / level(made[name], view.anatomy) < 5


def test_fibrillar_centers_are_several_dots_inside_nucleoli(view, made):
    spots = bright(made["Nucleoli fibrillar center"])
    assert view.nucleoli[spots].mean() > 0.9
    nucleoli = ndimage.label(view.nucleoli > 0.5)[1]
    assert ndimage.label(spots)[1] > nucleoli


@pytest.mark.parametrize(
    "name",
    [
        "Peroxisomes",
        "Endosomes",
        "Lysosomes",
        "Cytoplasmic bodies",
        "Lipid droplets",
        "Intermediate filaments",
        "Rods & rings",
        "Microtubule ends",
    ],
)
def test_cytoplasmic_structures_spare_the_nucleus(view, made, name):
    nuclear = view.anatomy.nuclear_edge < -1
    cytoplasm = (view.anatomy.nuclear_edge > 0.5) & (view.anatomy.labels > 0)
    assert made[name][nuclear].mean() < 0.35 * made[name][cytoplasm].mean()


def test_peroxisomes_are_many_and_bodies_few_and_large(made):
    many, few = (
        ndimage.label(bright(made[name])) for name in ("Peroxisomes", "Cytoplasmic bodies")
    )
    assert many[1] > 2 * few[1] > 0
    area = [np.median(np.bincount(each[0].ravel())[1:]) for each in (many, few)]
    assert area[1] > 2 * area[0]


def test_endosomes_lie_nearer_to_the_nucleus_than_peroxisomes(view, made):
    away = view.anatomy.nuclear_edge

    def mean_distance(name):
        spots = bright(made[name]) & (away > 0)
        return away[spots].mean()

    assert mean_distance("Endosomes") < 0.8 * mean_distance("Peroxisomes")


def test_lysosomes_cluster_at_the_organising_centre(view, made):
    centre = away_from(view, [cell.mtoc for cell in view.anatomy.cells])

    def share_near(name):
        return (centre[bright(made[name])] < 3).mean()

    assert share_near("Lysosomes") > 1.3 * share_near("Endosomes")
    assert share_near("Lysosomes") > 2.5 * share_near("Peroxisomes")


@pytest.mark.parametrize(
    ("name", "reach"), [("Centrosome", 2.0), ("Microtubule organizing center", 6.0)]
)
def test_the_centre_s_proteins_lie_where_microtubules_begin(view, made, name, reach):
    cells = view.anatomy.cells
    poles = [
        (2 * cell.division.at[0] - cell.mtoc[0], 2 * cell.division.at[1] - cell.mtoc[1])
        for cell in cells
        if cell.in_metaphase
    ]
    centre = away_from(view, [cell.mtoc for cell in cells] + poles)
    spots = bright(made[name])
    assert spots.any()
    assert np.quantile(centre[spots], 0.99) < reach


def test_a_centrosome_is_smaller_than_the_organising_centre(made):
    small, large = (bright(made[n]).sum() for n in ("Centrosome", "Microtubule organizing center"))
    assert 3 * small < large


def test_intermediate_filaments_are_not_microtubules(view, made):
    where = (view.anatomy.nuclear_edge > 0.5) & (view.anatomy.labels > 0)

    def fine(plane):
        return (plane - ndimage.gaussian_filter(plane, 5))[where]

    r = np.corrcoef(fine(made["Intermediate filaments"]), fine(view.microtubules))[0, 1]
    assert abs(r) < 0.15
    assert np.corrcoef(fine(made["Microtubules"]), fine(view.microtubules))[0, 1] > 0.85


def test_actin_is_straighter_than_intermediate_filaments_and_crosses_nuclei(view, made):
    def order(plane):
        """Strength of the commonest direction within patches of 6 µm."""
        y, x = np.gradient(ndimage.gaussian_filter(plane, 1))
        xx, yy, xy = (ndimage.gaussian_filter(v, 6 / STEP / 2) for v in (x * x, y * y, x * y))
        one_way = np.hypot(xx - yy, 2 * xy) / (xx + yy + 1e-9)
        return one_way[view.anatomy.cell_edge > 3].mean()

    assert order(made["Actin filaments"]) > 1.5 * order(made["Intermediate filaments"])
    nuclear = view.anatomy.nuclear_edge < -1
    assert made["Actin filaments"][nuclear].mean() > 0.2 * made["Actin filaments"].mean()


def test_adhesions_lie_at_the_free_edge_and_across_it():
    view = view_of(3, line="flat")
    rng = np.random.default_rng
    plane = PATTERNS["Focal adhesion sites"](view, rng(5), rng(6))
    outside = ndimage.distance_transform_edt(view.anatomy.labels > 0) * STEP
    labels, count = ndimage.label(bright(plane))
    assert count > 10
    inward = np.stack(np.gradient(ndimage.gaussian_filter(outside, 4)))
    cosines = []
    for number, box in enumerate(ndimage.find_objects(labels), start=1):
        at = np.argwhere(labels[box] == number) + [part.start for part in box]
        middle = at.mean(axis=0).astype(int)
        assert outside[tuple(middle)] < 7
        if len(at) > 12:
            values, vectors = np.linalg.eigh(np.cov(at.T))
            if values[1] > 3 * values[0]:
                normal = inward[:, middle[0], middle[1]]
                cosines.append(abs(vectors[:, 1] @ normal) / (np.linalg.norm(normal) + 1e-9))
    assert len(cosines) > 5
    assert np.median(cosines) > 0.85


def test_ends_are_microtubules_outer_tips(view, made):
    spots = bright(made["Microtubule ends"])
    assert np.median(away_from(view, view.tips)[spots]) < 0.6
    anatomy = view.anatomy
    place = anatomy.nuclear_edge / (anatomy.nuclear_edge + anatomy.cell_edge + 1e-6)
    assert np.median(place[spots & (anatomy.nuclear_edge > 0)]) > 0.6


def test_tips_lie_on_microtubules(view):
    at = np.floor(view.tips / STEP).astype(int)
    calm = ~np.isin(
        view.anatomy.labels,
        [n for n, c in enumerate(view.anatomy.cells, 1) if c.in_metaphase or c.inclusion],
    )
    seen = calm[at[:, 0], at[:, 1]]
    thick = ndimage.maximum_filter(view.microtubules, 3)
    assert (thick[at[seen, 0], at[seen, 1]] > 0).mean() > 0.99


def test_bridge_protein_lies_between_twin_nuclei_on_the_bundle(view, made):
    bridges = divisions(view.anatomy, Phase.BRIDGE)
    spots = bright(made["Cytokinetic bridge"])
    assert spots.any()
    reach = max(each.reach for each in bridges)
    assert away_from(view, [each.at for each in bridges])[spots].max() < reach
    assert not view.anatomy.nuclei[spots].any()
    assert view.bundles[spots].mean() > 50 * view.bundles.mean()
    for each in bridges:
        twins = [cell for cell in view.anatomy.cells if cell.division == each]
        areas = [np.sum(twin.nuclear_radii**2) for twin in twins]
        assert len(twins) == 2
        assert 0.7 < areas[0] / areas[1] < 1.4
        assert np.allclose(np.mean([twin.centre for twin in twins], axis=0), each.at)


def test_spindle_protein_lies_in_rounded_cells_between_the_poles(view, made):
    anatomy = view.anatomy
    spots = bright(made["Mitotic spindle"])
    owners = np.unique(anatomy.labels[spots])
    assert owners.size
    for owner in owners:
        cell = anatomy.cells[owner - 1]
        assert cell.in_metaphase
        assert cell.cell_radii.std() < 0.1 * cell.cell_radii.mean()  # round
        assert np.hypot(*np.subtract(cell.mtoc, cell.centre)) < cell.cell_radii.min()


def test_cells_in_metaphase_have_condensed_dna_no_nucleoli_and_a_spindle_only(view):
    anatomy = view.anatomy
    condensed = np.isin(
        anatomy.labels, [n for n, c in enumerate(anatomy.cells, 1) if c.in_metaphase]
    )
    other = anatomy.nuclei & ~condensed
    assert view.dna[anatomy.nuclei & condensed].mean() > 1.5 * view.dna[other].mean()
    assert not view.nucleoli[condensed].any()
    rest = (condensed & (view.spindles < 0.5)) & (anatomy.cell_edge > 0.5)
    around = ~condensed & (anatomy.nuclear_edge > 1) & (anatomy.labels > 0)
    assert view.microtubules[rest].mean() < 0.4 * view.microtubules[around].mean()


def test_lipid_droplets_are_rings_about_holes_in_the_er(view, made):
    inside = view.droplets.radii > 0.5
    places = view.droplets.places[inside]
    rows, columns = np.floor(places / STEP).astype(int).T
    core = made["Lipid droplets"][rows, columns]
    angles = np.linspace(0, 2 * np.pi, 12, endpoint=False)
    ring = places[:, None] + view.droplets.radii[inside][:, None, None] * np.stack(
        [np.sin(angles), np.cos(angles)], axis=1
    )
    at = np.clip(np.floor(ring / STEP).astype(int), 0, np.array(view.anatomy.shape) - 1)
    around = made["Lipid droplets"][at[..., 0], at[..., 1]].mean(axis=1)
    assert np.median(around) > 1.8 * np.median(core)
    cytoplasm = (view.anatomy.nuclear_edge > 0.6) & (view.anatomy.nuclear_edge < 6)
    assert view.er[rows, columns].mean() < 0.5 * view.er[cytoplasm].mean()


def test_junction_protein_is_only_where_cells_touch(view, made):
    away = ndimage.distance_transform_edt(~contact_edge(view.anatomy)) * STEP
    spots = bright(made["Cell junctions"])
    assert spots.sum() > 50
    assert away[spots].max() < 0.6


def test_cells_that_stand_alone_have_no_junction():
    rng = np.random.default_rng
    view = view_of(2, line="branched")
    lonely = np.setdiff1d(
        np.unique(view.anatomy.labels[view.anatomy.labels > 0]),
        view.anatomy.labels[contact_edge(view.anatomy)],
    )
    plane = PATTERNS["Cell junctions"](view, rng(5), rng(6))
    assert lonely.size
    assert plane[np.isin(view.anatomy.labels, lonely)].max() < 0.15 * plane.max()


def test_an_aggresome_takes_the_place_of_microtubules_and_dents_the_nucleus(view, made):
    anatomy = view.anatomy
    cells = [
        (n, c) for n, c in enumerate(anatomy.cells, 1) if c.inclusion > 0 and c.division is None
    ]
    body = bright(made["Aggresome"])
    assert body.any()
    owners = [n for n, _ in cells]
    near = np.isin(anatomy.labels, owners) & (anatomy.nuclear_edge > 0) & (anatomy.nuclear_edge < 4)
    assert view.microtubules[body].mean() < 0.35 * view.microtubules[near & ~body].mean()
    for _, cell in cells:
        away = np.hypot(*np.subtract(cell.mtoc, cell.centre))
        way = np.arctan2(cell.mtoc[0] - cell.centre[0], cell.mtoc[1] - cell.centre[1])
        at = round(way * len(cell.nuclear_radii) / (2 * np.pi)) % len(cell.nuclear_radii)
        # The nucleus ends where the body begins, nearer than its radius on either side.
        assert cell.nuclear_radii[at] < away - 0.8 * cell.inclusion
        # A dent: the outline there lies inside the line that joins its two shoulders.
        count = len(cell.nuclear_radii)
        turn = int(np.arcsin((cell.inclusion + 0.3) / away) * count / (2 * np.pi)) + 4
        shoulders = cell.nuclear_radii[[(at - turn) % count, (at + turn) % count]]
        assert cell.nuclear_radii[at] < shoulders.mean() * np.cos(turn * 2 * np.pi / count)


def test_rods_are_long_and_rings_closed(view, made):
    labels, count = ndimage.label(bright(made["Rods & rings"], 0.3), np.ones((3, 3)))
    length = [
        np.hypot(*(part.stop - part.start for part in box)) * STEP
        for box in ndimage.find_objects(labels)
    ]
    assert count > 5
    assert 2 < np.median(length) < 10
    r = np.corrcoef(made["Rods & rings"].ravel(), view.microtubules.ravel())[0, 1]
    assert abs(r) < 0.3


@pytest.mark.parametrize("name", sorted(SEEN_IN_LANDMARKS))
@pytest.mark.parametrize("line", ["round", "branched", "flat"])
def test_a_label_that_few_cells_can_show_is_shown_in_the_field(name, line):
    for seed in range(3):
        view = view_of(seed, {name}, line, 400)
        plane = PATTERNS[name](view, np.random.default_rng(seed), np.random.default_rng(1))
        inside = plane[view.anatomy.labels > 0]
        assert inside.max() > 4 * np.median(inside)

"""Weights are fetched on purpose only, checked, and in their place only when whole."""

from __future__ import annotations

import hashlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from hpa_feat_cli.app import run
from listener import Listener

from hpa_features.core.errors import DataError, UsageError
from hpa_features.pipeline.weights import download_weights, list_weights
from hpa_features.segmentation.cellpose import weights
from hpa_features.segmentation.cellpose.packages import Line

CONTENT = b"PK\x03\x04" + bytes(range(256)) * 9000
DIGEST = hashlib.sha256(CONTENT).hexdigest()


class _Server(BaseHTTPRequestHandler):
    """Serves CONTENT; each name has a fault of its own."""

    def do_GET(self):
        name = self.path.rpartition("/")[2]
        self.server.asked.append(name)
        if name == "cyto2torch_0":
            return self.send_error(503, "down")
        if name in ("cpsam_v2", "cpsam"):  # as a server of large files: the digest comes first
            self.send_response(302)
            digest = DIGEST if name == "cpsam_v2" else "0" * 64
            self.send_header("X-Linked-ETag", f'"{digest}"')
            self.send_header("Location", "/large")
            return self.end_headers()
        page = b"<html>moved</html>"
        body = page if name == "cytotorch_0" else CONTENT
        self.send_response(200)
        self.send_header("Content-Length", str(len(body) * (2 if name == "cyto2_cp3" else 1)))
        self.end_headers()
        return self.wfile.write(body)

    def log_message(self, *told):
        del told


@pytest.fixture
def server(tmp_path, monkeypatch):
    """Answer for the addresses of all published weights; the folder of weights is empty."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Server) as found:
        found.asked = []
        thread = threading.Thread(target=found.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        address = f"http://127.0.0.1:{found.server_port}/"
        monkeypatch.setattr(weights, "_ADDRESSES", dict.fromkeys(Line, address))
        monkeypatch.setenv("CELLPOSE_LOCAL_MODELS_PATH", str(tmp_path / "models"))
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.setenv("no_proxy", "*")
        yield found
        found.shutdown()
        thread.join()


def files(tmp_path):
    folder = tmp_path / "models"
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_weights_are_fetched_under_the_name_of_the_package(server, tmp_path):
    told = Listener()
    rows = download_weights(["nuclei", "cyto3"], told)
    assert server.asked == ["nucleitorch_0", "cyto3"]
    assert files(tmp_path) == ["cyto3", "nucleitorch_0"]
    assert [(row.name, row.cellpose, row.size, row.sha256) for row in rows] == [
        ("nuclei", "3", len(CONTENT), DIGEST),
        ("cyto3", "3", len(CONTENT), DIGEST),
    ]
    assert (tmp_path / "models" / "cyto3").read_bytes() == CONTENT
    assert DIGEST in told.notes[0]
    assert "the size, not the sha256" in told.notes[0]


def test_the_digest_that_a_server_sends_is_compared(server, tmp_path):
    told = Listener()
    download_weights(["cpsam_v2"], told)
    assert "the sha256 and the size could be compared" in told.notes[0]
    with pytest.raises(DataError, match=r"the sha256 is .* the server's 0000"):
        download_weights(["cpsam"])
    assert files(tmp_path) == ["cpsam_v2"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("cyto2", "cannot be fetched"),
        ("cyto2_cp3", "cannot be"),
        ("cyto", "not a file of PyTorch"),
    ],
)
def test_a_file_that_is_not_whole_is_not_kept(server, tmp_path, name, said):
    with pytest.raises(DataError, match=said):
        download_weights([name])
    assert files(tmp_path) == []


def test_without_internet_the_error_names_address_and_place(server, tmp_path, monkeypatch, capfd):
    monkeypatch.setattr(weights, "_ADDRESSES", dict.fromkeys(Line, "http://127.0.0.1:9/"))
    assert run(["weights", "--download", "nuclei"]) == 1
    said = capfd.readouterr().err
    assert "http://127.0.0.1:9/nucleitorch_0 cannot be fetched" in said
    assert str(tmp_path / "models" / "nucleitorch_0") in said.replace("\n", "").replace("  ", "")
    assert files(tmp_path) == []


def test_what_is_there_is_kept_unless_it_is_to_be_replaced(server, tmp_path):
    (tmp_path / "models").mkdir()
    told = Listener()
    for content in (b"PK\x03\x04mine", b"<html>"):
        (tmp_path / "models" / "cyto3").write_bytes(content)
        download_weights(["cyto3"], told)
        assert (tmp_path / "models" / "cyto3").read_bytes() == content
    assert server.asked == []
    [note] = told.notes
    assert "already" in note
    [warning] = told.warnings
    assert "not a file of PyTorch: use --overwrite" in warning
    download_weights(["cyto3"], overwrite=True)
    assert (tmp_path / "models" / "cyto3").read_bytes() == CONTENT


def test_names_are_checked_before_anything_is_fetched(server):
    with pytest.raises(UsageError, match="Did you mean cyto3"):
        download_weights(["nuclei", "cyt3"])
    with pytest.raises(UsageError, match="needs names"):
        download_weights([])
    assert server.asked == []
    assert run(["weights", "nuclei"]) == 2


def test_a_file_that_cannot_be_read_does_not_hide_the_others(server, tmp_path, monkeypatch, capfd):
    (tmp_path / "models").mkdir()
    for name in ("mine", "theirs"):
        (tmp_path / "models" / name).write_bytes(b"x")

    def refuse_one(path):
        if path.name == "mine":
            raise DataError("denied")
        return weights.sha256_of(path)

    monkeypatch.setattr("hpa_features.pipeline.weights.sha256_of", refuse_one)
    assert run(["weights"]) == 0
    lines = [line for line in capfd.readouterr().out.splitlines() if "1 bytes" in line]
    assert lines[0].endswith("1 bytes  cannot be read")
    assert hashlib.sha256(b"x").hexdigest() in lines[1]


def test_the_list_has_published_and_own_weights(server, tmp_path, capfd):
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "mine").write_bytes(b"x")
    rows = {row.name: row for row in list_weights()}
    assert rows["mine"].path == str(tmp_path / "models" / "mine")
    assert rows["mine"].cellpose == ""
    assert rows["cyto3"].path == ""
    assert run(["weights"]) == 0
    assert hashlib.sha256(b"x").hexdigest() in capfd.readouterr().out
    assert run(["weights", "--json"]) == 0
    assert {each["name"] for each in json.loads(capfd.readouterr().out)} == set(rows)
    assert server.asked == []

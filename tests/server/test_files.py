"""Files over HTTP: judged at once, played back, and refused."""

from __future__ import annotations

import csv
import gzip
import io
import itertools
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
import pytest
from pydantic import ValidationError

from standout.bootstrap import build
from standout.errors import DataFolderUnwritable
from standout.readers.csv import read_csv
from standout.service import simulating
from standout.service.scoring import detect as detect_in
from standout.settings import load_settings
from tests.serving import Served, served

CSV = (
    "timestamp,value,site,level\n"
    "2026-01-01 00:02:00,99,a,7\n"
    "2026-01-01 00:00:00,50,b,8\n"
    "2026-01-01 00:01:00,65,c,\n"
    "2026-01-01 00:02:00,34.5,d,9.5\n"
    "2026-01-01 00:03:00,,e,1\n"
)


@pytest.fixture(scope="module")
def client(server: Served) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=f"http://127.0.0.1:{server.port}", timeout=60) as one:
        yield one


def output(server: Served, name: str) -> list[dict[str, str]]:
    path = server.services.folder.path / "output" / name
    return list(csv.DictReader(io.StringIO(path.read_text()))) if path.exists() else []


def post(client: httpx2.Client, path: str, content: str | bytes, name: str = "a.csv") -> Any:
    return client.post(path, files={"file": (name, content)})


@pytest.mark.parametrize("path", ["/detect", "/detect/"])
def test_what_stands_out_is_answered_and_written(
    server: Served, client: httpx2.Client, path: str
) -> None:
    answer = post(client, path, CSV)
    assert answer.status_code == 200
    assert answer.json() == {
        "total_anomalies": 2,
        # By time, those of one time as the file has them; both ends of the range are normal.
        "anomalies": [
            {
                "timestamp": "2026-01-01 00:02:00",
                "value": 99.0,
                "site": "a",
                "level": 7.0,
                "reason": "Value 99.00 is outside range [35.00, 65.00]",
            },
            {
                "timestamp": "2026-01-01 00:02:00",
                "value": 34.5,
                "site": "d",
                "level": 9.5,
                "reason": "Value 34.50 is outside range [35.00, 65.00]",
            },
        ],
    }
    written = output(server, "anomalies_batch.csv")
    assert [row["value"] for row in written] == ["99.0", "34.5"]
    assert list(written[0]) == ["timestamp", "value", "site", "level", "reason"]


def test_the_samples_are_there_and_have_anomalies(server: Served, client: httpx2.Client) -> None:
    for name, wanted in (("test.csv", 4), ("sensor_data_test.csv", 3)):
        path = server.services.folder.path / "test" / name
        answer = client.post("/detect/", files={"file": (name, path.read_bytes())})
        assert answer.json()["total_anomalies"] == wanted


def test_other_detectors_by_name(server: Served, client: httpx2.Client) -> None:
    path = server.services.folder.path / "test" / "test.csv"
    for query, params in (
        ("detector=vote&window=50", {"detector": "vote", "window": 50}),
        ("detector=auto", {"detector": "auto"}),
        ("detector=baseline&window=60", {"detector": "baseline", "window": 60}),
    ):
        answer = client.post(f"/detect/?{query}", files={"file": path.read_bytes()})
        table = read_csv(path)
        found = detect_in(table.values, table.times_us, **params)
        wanted = table.values[found.anomaly == 1].tolist()
        assert [row["value"] for row in answer.json()["anomalies"]] == wanted
        assert wanted
    assert post(client, "/detect/?detector=oracle", CSV).status_code == 422
    assert post(client, "/detect/?window=5", CSV).status_code == 422


@pytest.mark.parametrize(
    ("content", "status", "says"),
    [
        ("", 422, "is empty"),
        ("timestamp,value\n", 422, "no rows"),
        ("timestamp,temperature\n2026-01-01,5\n", 422, "no column 'value'"),
        ("timestamp,value\n2026-01-01,5\n2026-01-02,warm\n", 422, "line 3, column 'value': 'warm'"),
        ("timestamp,value\n2026-01-01,5\n2026-02-30,5\n", 422, "line 3, column 'timestamp'"),
        ("timestamp,value\n2026-01-01,5\n,6\n", 422, "line 3, column 'timestamp': the time is"),
        ("name,value\na,5\nb,6\n", 422, "No column holds the time"),
        ("timestamp,value\n2026-01-01,5,7\n", 422, "line 2: 3 cells"),
        ("timestamp,value\n1e300,5\n", 422, "line 2, column 'timestamp'"),
        ("timestamp,value\n2026-01-01,1e999\n", 422, "is not a finite number"),
        (",".join(map("c{}".format, range(1_000_000))) + "\n", 422, "1,000,000 columns"),
        ("timestamp;value\n2026-01-01;5\n2026-01-02;warm\n", 422, "line 3, column 'value': 'warm'"),
        (
            "timestamp,value\n2026-01-01,5\n2026-01-02,warm\n".encode("utf-16"),
            422,
            "line 3, column 'value': 'warm'",
        ),
        ('timestamp,value\n2026-01-01,"' + "x" * 200_000, 422, "a.csv"),
        ('"' + "x" * 200_000, 422, "a.csv"),
        (gzip.compress(CSV.encode()), 422, "gzip"),
        (CSV.encode("utf-16-le"), 422, "not a text file"),
        (b"\x00\x01\x02\xff" * 50, 422, "not a text file"),
        (b"PK\x03\x04" + b"\x00" * 50, 422, "not a text file"),
    ],
    # Not their contents, of which some are large.
    ids=itertools.count(),
)
@pytest.mark.parametrize("path", ["/detect/", "/simulate/"])
def test_files_that_are_none_change_nothing(
    server: Served,
    client: httpx2.Client,
    *,
    path: str,
    content: str | bytes,
    status: int,
    says: str,
) -> None:
    before = written(server, client)
    answer = post(client, path, content)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert says in answer.json()["detail"]
    assert "/tmp" not in answer.text
    assert written(server, client) == before


def written(server: Served, client: httpx2.Client) -> tuple[Any, ...]:
    """Return all that a file may leave behind."""
    folder = server.services.folder.path
    names = [path for path in folder.rglob("*") if "numba" not in str(path)]
    counts = client.get("/streams").json(), client.get("/jobs").json()
    return sorted(names), output(server, "anomalies_batch.csv"), counts


def test_what_other_programs_write_is_read(client: httpx2.Client) -> None:
    for content in (
        CSV.encode("utf-16"),
        CSV.encode("utf-8-sig"),
        CSV.replace(",", ";").replace("34.5", "34,5").replace("9.5", "9,5"),
        CSV.replace("\n", "\r\n"),
    ):
        answer = post(client, "/detect/", content)
        assert answer.status_code == 200, answer.text
        assert [row["value"] for row in answer.json()["anomalies"]] == [99.0, 34.5]


@pytest.mark.parametrize("path", ["/detect/", "/simulate/"])
def test_bodies_that_are_no_form_with_a_file(client: httpx2.Client, path: str) -> None:
    if path == "/detect/":
        assert client.post(path).status_code == 422
    assert client.post(path, files={"other": b"x"}).status_code == 422
    assert client.post(path, data={"file": "text"}).status_code == 415
    broken = {"content-type": "multipart/form-data; boundary=x"}
    assert client.post(path, content=b"no form", headers=broken).status_code == 400
    assert (
        client.post(path, content=b"\x89PNG", headers={"content-type": "image/png"}).status_code
        == 415
    )


def test_a_file_that_is_too_large_is_refused(tmp_path: Path) -> None:
    with served(tmp_path / "data", max_upload_size=100_000) as here:
        base = f"http://127.0.0.1:{here.port}"
        rows = "".join(f"{i},50\n" for i in range(20_000))
        for path in ("/detect/", "/simulate/"):
            answer = httpx2.post(base + path, files={"file": "timestamp,value\n" + rows})
            assert answer.status_code == 413

        def endless() -> Iterator[bytes]:
            for _ in range(1_000):
                yield b"1,50\n" * 1_000

        headers = {"content-type": "text/csv"}
        answer = httpx2.post(base + "/detect/", content=endless(), headers=headers)
        assert answer.status_code == 413
        assert list((here.services.folder.path / "datasets").glob("*")) == []
        assert not (here.services.folder.path / "output").exists()


@pytest.mark.parametrize("path", ["/detect/", "/simulate/", "/upload-dataset"])
@pytest.mark.parametrize("told", [True, False])
def test_a_gigabyte_is_refused_and_nothing_of_it_stays(
    server: Served, client: httpx2.Client, *, path: str, told: bool
) -> None:
    lines = b"2026-01-01,50.0\n" * 65_536
    pieces = 1 << 10
    headers = {"content-type": "text/csv"}
    if told:
        headers["content-length"] = str(pieces * len(lines))
    before = written(server, client)
    answer = client.post(path, content=itertools.repeat(lines, pieces), headers=headers)
    assert answer.status_code == 413
    assert "100,000,000 bytes" in answer.json()["detail"]
    assert written(server, client) == before


def test_a_name_that_leads_out_of_the_folder_is_only_a_name(
    server: Served, client: httpx2.Client
) -> None:
    folder = server.services.folder.path
    before = sorted(p for p in folder.parent.rglob("*") if p.parent != folder)
    answer = post(client, "/detect/", "timestamp,value\n1,x\n", "../../../etc/pass wd.csv")
    assert "pass wd.csv, line 2" in answer.json()["detail"]
    assert "etc" not in answer.json()["detail"]
    post(client, "/detect/", CSV, "../../out.csv")
    assert sorted(p for p in folder.parent.rglob("*") if p.parent != folder) == before


def test_an_output_that_would_leave_the_folder_stops_the_start(tmp_path: Path) -> None:
    for bad in ("../x.csv", "/etc/x.csv", "data/../x/y.csv", "data/standout.db", "data/x/y.db", ""):
        for name in ("output_path", "anomaly_output_path"):
            with pytest.raises(ValidationError, match="folder of the data folder"):
                load_settings(data_dir=tmp_path, data={name: bad})
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "output").symlink_to(tmp_path)
    settings = load_settings(data_dir=tmp_path / "data")
    for _ in range(2):  # the folder is let go of each time
        with pytest.raises(DataFolderUnwritable, match="out of the data folder"):
            build(settings)


def rows_of(values: list[float], start: int = 0) -> str:
    return "timestamp,value\n" + "".join(f"{start + i},{v}\n" for i, v in enumerate(values))


def test_a_simulation_tells_its_results_at_the_end(server: Served, client: httpx2.Client) -> None:
    before = len(output(server, "anomalies_streaming.csv"))
    answer = post(client, "/simulate/?rate=1000&wait=true", CSV)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert told["message"] == "Streaming simulation completed"
    stamps = [f"2026-01-01 00:0{minute}:00" for minute in (0, 1, 2, 2, 3)]
    assert told["results"] == [
        {"timestamp": stamp, "value": value, "status": status}
        for stamp, value, status in zip(
            stamps, [50, 65, 99, 34.5, None], ["OK", "OK", "ANOMALY", "ANOMALY", "OK"], strict=True
        )
    ]
    written = output(server, "anomalies_streaming.csv")[before:]
    assert [row["reason"] for row in written] == [
        "Value 99.0 outside normal range",
        "Value 34.5 outside normal range",
    ]
    assert written[0]["timestamp"] == "2026-01-01 00:02:00"
    # Each record is in its stream, two of one time, too.
    summary = client.get(f"/streams/{told['stream']}").json()
    assert (summary["count"], summary["anomalies"], summary["detector"]) == (5, 2, "baseline")
    assert client.get(told["page"], headers={"accept": "text/html"}).status_code == 200
    assert client.get(f"/simulations/{told['simulation']}").json()["state"] == "done"
    assert client.delete(f"/simulations/{told['simulation']}").status_code == 409
    patched = client.patch(f"/simulations/{told['simulation']}", json={"rate": 5})
    assert patched.status_code == 409


def test_a_simulation_plays_one_a_second_is_sped_up_and_stopped(
    server: Served, client: httpx2.Client
) -> None:
    begin = time.monotonic()
    started = post(client, "/simulate/", rows_of([50.0] * 5_000 + [99.0])).json()
    assert time.monotonic() - begin < 2
    assert started["message"] == "Streaming simulation started"
    assert (started["records"], started["rate"]) == (5_001, 1)
    place = f"/simulations/{started['simulation']}"
    time.sleep(1.3)
    slow = client.get(place).json()
    assert slow["played"] in {1, 2}
    assert slow["state"] == "running"
    assert started["stream"] in client.get("/").json()["active_clients"]
    listed = client.get("/simulations").json()["simulations"]
    assert [one["rate"] for one in listed if one["stream"] == started["stream"]] == [1]
    assert client.patch(place, json={"rate": 500}).json()["rate"] == 500
    deadline = time.monotonic() + 20
    while client.get(place).json()["played"] < 100:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    stopped = client.delete(place).json()
    assert stopped["state"] == "cancelled"
    assert 100 <= stopped["played"] < 5_001
    listed = client.get("/simulations").json()["simulations"]
    assert started["stream"] not in {one["stream"] for one in listed}
    # What was played is what the stream has, and it goes no further.
    time.sleep(0.1)
    assert client.get(f"/streams/{started['stream']}").json()["count"] == stopped["played"]
    assert started["stream"] not in client.get("/").json()["active_clients"]
    for bad in (0, -1, "fast", None, 1e9):
        assert client.patch(place, json={"rate": bad}).status_code == 422
    for query in ("rate=0", "rate=nan", "rate=1e9", "wait=perhaps"):
        assert client.post(f"/simulate/?{query}").status_code == 422
    assert client.get("/simulations/nobody").status_code == 404
    assert client.delete("/simulations/nobody").status_code == 404


def test_a_simulation_is_watched_while_it_plays(server: Served, client: httpx2.Client) -> None:
    told = post(client, "/simulate/?rate=20", rows_of([50.0] * 3 + [99.0] + [50.0] * 500)).json()
    assert client.get(told["page"], headers={"accept": "text/html"}).status_code == 200
    shown: list[float] = []
    with server.socket(f"/live/streams/{told['stream']}") as page:
        while len(shown) < 6:
            shown += json.loads(page.recv(20)).get("points", {}).get("value", [])
    assert 99.0 in shown
    assert client.delete(f"/simulations/{told['simulation']}").json()["state"] == "cancelled"


def test_no_more_than_sixteen_play_at_one_time(client: httpx2.Client) -> None:
    content = rows_of([50.0] * 2)
    playing = [post(client, "/simulate/?rate=0.01", content) for _ in range(simulating.RUNNING)]
    more = post(client, "/simulate/", content)
    # Stopped before anything is said of them, so that one failure stays one.
    stopped = [client.delete(f"/simulations/{one.json()['simulation']}") for one in playing]
    assert {one.json()["state"] for one in stopped} == {"cancelled"}
    assert (more.status_code, "16 jobs" in more.json()["detail"]) == (429, True)
    assert post(client, "/simulate/?wait=true&rate=100", content).status_code == 200


def test_two_simulations_at_once_lose_no_row(server: Served, client: httpx2.Client) -> None:
    before = len(output(server, "anomalies_streaming.csv"))
    answers: list[httpx2.Response] = []

    def play(start: int) -> None:
        content = rows_of([99.0] * 200, start)
        url = f"http://127.0.0.1:{server.port}/simulate/?rate=2000&wait=true"
        answers.append(httpx2.post(url, files={"file": content}, timeout=60))

    threads = [threading.Thread(target=play, args=(start,)) for start in (1_000, 5_000, 9_000)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status_code for answer in answers] == [200] * 3
    written = output(server, "anomalies_streaming.csv")[before:]
    assert len(written) == 600
    for start in (1_000, 5_000, 9_000):
        mine = [int(r["timestamp"]) for r in written if start <= int(r["timestamp"]) < start + 200]
        assert mine == list(range(start, start + 200))


def test_without_a_file_the_one_of_the_config_is_played(tmp_path: Path) -> None:
    data = tmp_path / "data"
    own = tmp_path / "own.csv"
    own.write_text(rows_of([10.0, 11.0, 12.0]))
    settings = {
        "data": {"test_data_path": str(own)},
        "model": {"normal_mean": 10, "normal_std": 0.5, "threshold_multiplier": 2},
    }
    with served(data, **settings) as here:
        base = f"http://127.0.0.1:{here.port}"
        told = httpx2.post(base + "/simulate?rate=1000&wait=true", timeout=30).json()
        assert [r["status"] for r in told["results"]] == ["OK", "OK", "ANOMALY"]
        own.unlink()
        gone = httpx2.post(base + "/simulate/")
        assert (gone.status_code, "There is no file" in gone.json()["detail"]) == (422, True)


def test_a_simulation_ends_with_its_stream_and_with_the_server(tmp_path: Path) -> None:
    with served(tmp_path / "data") as here:
        base = f"http://127.0.0.1:{here.port}"
        one, other = (httpx2.post(base + "/simulate/").json() for _ in range(2))
        time.sleep(0.3)
        assert httpx2.delete(f"{base}/streams/{one['stream']}").status_code == 204
        deadline = time.monotonic() + 10
        while httpx2.get(f"{base}/simulations/{one['simulation']}").json()["state"] == "running":
            assert time.monotonic() < deadline
            time.sleep(0.02)
        job = httpx2.get(f"{base}/jobs/{one['simulation']}").json()
        assert (job["state"], "was deleted" in job["detail"]) == ("failed", True)
    with served(tmp_path / "data") as here:
        base = f"http://127.0.0.1:{here.port}"
        job = httpx2.get(f"{base}/jobs/{other['simulation']}").json()
        assert (job["state"], job["kind"]) == ("failed", "simulate")
        gone = httpx2.get(f"{base}/simulations/{other['simulation']}")
        told = f"is not at hand any more; it is failed, as /jobs/{other['simulation']} tells"
        assert (gone.status_code, told in gone.json()["detail"]) == (404, True)
        assert "no simulation 'x'" in httpx2.get(f"{base}/simulations/x").json()["detail"]
        # Its records outlived it.
        assert httpx2.get(f"{base}/streams/{other['stream']}").json()["count"] >= 1


def ids(answer: httpx2.Response) -> list[str]:
    return [job["id"] for job in answer.json()["jobs"]]


def test_records_are_in_memory_only_while_they_are_played(
    server: Served, client: httpx2.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert server.services.simulations.held() == 0
    monkeypatch.setattr(simulating, "MOST_RECORDS", 700)
    one = post(client, "/simulate/", rows_of([50.0] * 1_000)).json()
    assert server.services.simulations.held() == 1_000
    jobs = ids(client.get("/jobs"))
    more = post(client, "/simulate/", rows_of([50.0] * 2))
    assert (more.status_code, "1,000 records are being played" in more.text) == (429, True)
    assert ids(client.get("/jobs")) == jobs
    assert client.delete(f"/simulations/{one['simulation']}").json()["records"] == 1_000
    assert server.services.simulations.held() == 0
    # What has ended is still told of.
    assert client.get(f"/simulations/{one['simulation']}").json()["records"] == 1_000
    assert len(post(client, "/simulate/?rate=9000&wait=true", CSV).json()["results"]) == 5
    assert server.services.simulations.held() == 0


def test_a_simulation_by_another_detector(client: httpx2.Client) -> None:
    random = np.random.default_rng(0)
    values = random.normal(0, 1, 200).round(3)
    values[150] = 30
    answer = post(
        client, "/simulate/?rate=5000&wait=true&detector=vote&window=50", rows_of(values.tolist())
    )
    status = [r["status"] for r in answer.json()["results"]]
    assert status[150] == "ANOMALY"
    found = detect_in(values, detector="vote", window=50)
    assert [s == "ANOMALY" for s in status] == (found.anomaly == 1).tolist()


def test_json_on_the_same_route_is_a_series(client: httpx2.Client) -> None:
    values = [1.0, 2.0] * 40 + [50.0, None]
    for body in ({"values": values, "detector": "vote"}, {"values": values, "window": 100}):
        told = client.post("/detect", json=body).json()
        found = detect_in(values, detector="vote")
        assert told["detector"] == "vote"
        assert told["anomaly"] == [None] * 30 + [0] * 50 + [1, None]
        for name in ("score", "expected", "lower", "upper"):
            wanted = getattr(found, name)
            assert told[name] == [None if np.isnan(x) else x for x in wanted]
    shuffled = {"values": values[::-1], "timestamps": list(range(82))[::-1], "detector": "vote"}
    assert client.post("/detect/", json=shuffled).json()["anomaly"] == told["anomaly"][::-1]
    whole = client.post("/detect", json={"values": values}).json()
    assert whole["detector"] == "auto"


def test_votes_are_told_where_they_are_asked_for(client: httpx2.Client) -> None:
    values = [1.0, 2.0] * 40 + [50.0, None]
    body = {"values": values, "detector": "vote", "votes": True}
    told = client.post("/detect", json=body).json()
    voters = ["zscore", "iqr", "ewma", "moving_average", "isolation_forest"]
    assert told["voters"] == voters
    assert told["votes"] == detect_in(values, detector="vote").votes.tolist()
    assert told["votes"][80].bit_count() >= 3
    assert "votes" not in client.post("/detect", json={**body, "votes": False}).json()
    whole = client.post("/detect", json={"values": values, "votes": True}).json()
    assert {"votes", "voters"}.isdisjoint(whole)


def test_several_channels_in_json(client: httpx2.Client) -> None:
    rows = 20 + np.random.default_rng(0).normal(size=(300, 4)).round(3)
    rows[:, 3] = np.arange(300) == 40  # a command, rare but no anomaly
    rows[200:206, 1] += 30
    found = detect_in(rows)
    told = client.post("/detect", json={"values": rows.tolist()}).json()
    assert (told["detector"], told["dropped"]) == ("auto", [3])
    assert told["score"] == found.score.tolist()
    assert told["channel"][200:206] == [1] * 6
    assert told["upper"][203] < rows[203, 1]
    assert told["total_anomalies"] == sum(told["anomaly"]) > 0
    kept = {"values": rows.tolist(), "params": {"drop_indicators": False}}
    assert client.post("/detect", json=kept).json()["dropped"] == []
    alone = client.post("/detect", json={"values": rows[:, 0].tolist()}).json()
    assert "dropped" not in alone
    listed = client.post("/detect", json={"values": rows[:, :1].tolist()}).json()
    assert listed["score"] == alone["score"]
    rows[5] = np.nan
    missing = [[None if np.isnan(v) else v for v in row] for row in rows.tolist()]
    told = client.post("/detect", json={"values": missing}).json()
    assert (told["score"][5], told["channel"][5]) == (None, None)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("", 422),
        ("{", 400),
        ("[]", 422),
        ('{"values": ["a"]}', 422),
        ('{"values": []}', 422),
        ('{"values": [Infinity]}', 400),
        ('{"values": [1], "colour": 1}', 422),
        ('{"values": [1], "timestamps": [1, 2]}', 422),
        ('{"values": [1, 2], "timestamps": [1, "?"]}', 422),
        ('{"values": [1], "detector": "oracle"}', 422),
        ('{"values": [1], "detector": "vote", "window": 3}', 422),
        ('{"values": [1], "detector": "vote", "params": {"colour": 1}}', 422),
        ('{"values": [1], "timestamps": ["2026-01-01"], "tz": "Mars"}', 422),
        ('{"values": [1], "timestamps": [1], "unit": "h"}', 422),
        ('{"values": [1], "model_id": "m"}', 422),
        ('{"values": [[]]}', 422),
        ('{"values": [[[1]]]}', 422),
        ('{"values": [[1], [1, 2]]}', 422),
        ('{"values": [1, [1]]}', 422),
        ('{"values": [[1, 2]], "detector": "vote"}', 422),
        (json.dumps({"values": [[1] * 65]}), 422),
        (json.dumps({"values": [[1] * 64] * 15_626}), 422),
    ],
)
def test_series_that_are_none(client: httpx2.Client, body: str, status: int) -> None:
    headers = {"content-type": "application/json"}
    answer = client.post("/detect", content=body, headers=headers)
    assert answer.status_code == status, answer.text
    assert json.loads(answer.text)["detail"]


def test_a_simulation_is_started_once_under_one_key(client: httpx2.Client) -> None:
    headers = {"Idempotency-Key": "play-1"}
    told = [
        client.post("/simulate/?rate=1000", files={"file": CSV}, headers=headers).json()
        for _ in range(2)
    ]
    assert told[0] == told[1]
    other = client.post("/simulate/?rate=500", files={"file": CSV}, headers=headers)
    assert other.status_code == 409

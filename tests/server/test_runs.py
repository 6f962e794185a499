"""Runs over HTTP: what they answer, what they refuse, and whose they are."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.serving import Served, served

ROWS = [[10, 20, 30], [15, 25, 35], [12, 22, 32]]
NO_MODEL = ["No fitted model found for the given user and run ID.", "Unauthorized or model not"]
NO_DATA = ["No stored data found for the given user and run ID.", "Unauthorized or model not"]


@pytest.fixture(scope="module")
def client(server: Served) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=f"http://127.0.0.1:{server.port}", timeout=30) as one:
        yield one


def fit(client: httpx2.Client, token: Any, run: Any, rows: Any) -> httpx2.Response:
    body = {"user_token": token, "run_id": run, "training_data": rows}
    return client.post("/fit", json=body)


def update(client: httpx2.Client, token: Any, run: Any, rows: Any) -> httpx2.Response:
    body = {"user_token": token, "run_id": run, "training_data": rows}
    return client.post("/update-model", json=body)


def detect(client: httpx2.Client, token: Any, run: Any, values: Any) -> httpx2.Response:
    body = {"user_token": token, "run_id": run, "values": values}
    return client.post("/detect-anomalies", json=body)


def result(client: httpx2.Client, token: Any, run: Any, values: Any) -> dict[str, Any]:
    answer = detect(client, token, run, values)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()["result"]
    return told


@pytest.mark.parametrize(
    ("values", "z", "density", "flagged"),
    # As the service that runs follow answered them.
    [
        ([11, 21, 31], 0.5298129428260185, 0.1377654392380532, False),
        ([500, 600, 700], 265.3038311201283, 0.0, True),
        ([37 / 3, 67 / 3, 97 / 3], 0.0, 0.15852358769790395, False),
    ],
)
def test_the_golden_values(
    client: httpx2.Client, values: list[float], z: float, density: float, flagged: bool
) -> None:
    assert fit(client, 1, "golden", ROWS).json() == {
        "message": "Model fitted and saved.",
        "run_id": "golden",
    }
    told = result(client, 1, "golden", values)
    assert list(told) == [
        "z_score_anomaly",
        "gaussian_probability",
        "normalized_probability",
        "mahalanobis_distance",
        "anomaly_detected",
    ]
    assert told["z_score_anomaly"] == pytest.approx(z, rel=1e-12, abs=1e-12)
    assert told["gaussian_probability"] == pytest.approx(density, rel=1e-12)
    assert told["normalized_probability"] == pytest.approx(math.exp(-z * z / 2), rel=1e-12)
    assert told["anomaly_detected"] is flagged
    assert (told["mahalanobis_distance"] < 1e-12) is (z == 0)


def test_a_run_gets_a_name_of_eight_characters(client: httpx2.Client) -> None:
    one, other = (fit(client, 1, None, ROWS).json()["run_id"] for _ in range(2))
    assert (len(one), len(other)) == (8, 8)
    assert one != other
    assert result(client, 1, one, [11, 21, 31])["anomaly_detected"] is False


def test_the_names_of_a_later_version_lead_to_the_same(client: httpx2.Client) -> None:
    headers = {"X-API-Key": "whatever"}
    fitted = client.post(
        "/metrics/anomaly/fit",
        json={"user_token": 3, "run_id": None, "training_data": ROWS},
        headers=headers,
    )
    run = fitted.json()["run_id"]
    assert fitted.json() == {"message": "Model fitted and saved.", "run_id": run}
    asked = {"user_token": 3, "run_id": run, "values": [500, 600, 700]}
    told = client.post("/metrics/anomaly/detect", json=asked, headers=headers).json()["result"]
    assert told["z_score_anomaly"] == pytest.approx(265.3038311201283, rel=1e-12)
    assert client.get(f"/get-tracked-anomalies/3/{run}").json()["count"] == 1
    narrow = client.post("/metrics/anomaly/detect", json={**asked, "values": [1]})
    assert (narrow.status_code, "dimensions" in narrow.json()["detail"]) == (400, True)
    gone = client.delete(f"/metrics/delete/3/{run}", headers=headers)
    assert gone.json() == {"message": "Data successfully deleted."}
    assert client.delete(f"/metrics/delete/3/{run}").status_code == 404
    # What Prometheus scrapes is where it was.
    assert client.get("/metrics").headers["content-type"].startswith("text/plain")


def test_a_correlation_that_breaks_is_seen_and_no_unit_matters(client: httpx2.Client) -> None:
    random = np.random.default_rng(0)
    both = random.standard_normal((200, 1)) + 0.1 * random.standard_normal((200, 2))
    for unit in (1.0, 1e-6, 1e6):
        fit(client, 1, "units", (both * unit + 7 * unit).tolist())
        usual = result(client, 1, "units", [8 * unit, 8 * unit])
        broken = result(client, 1, "units", [8.5 * unit, 5.5 * unit])
        assert (usual["anomaly_detected"], broken["anomaly_detected"]) == (False, True)
        assert broken["z_score_anomaly"] < 3
        assert broken["mahalanobis_distance"] == pytest.approx(21.6, abs=2)


@settings(max_examples=15, deadline=None)
@given(st.data())
def test_an_update_is_a_refit(client: httpx2.Client, data: st.DataObject) -> None:
    d = data.draw(st.integers(1, 4))
    number = st.integers(-10_000, 10_000).map(lambda n: n / 8)
    row = st.lists(number, min_size=d, max_size=d)
    rows = data.draw(st.lists(row, min_size=3, max_size=20))
    x = data.draw(row)
    cut = data.draw(st.integers(1, len(rows) - 1))
    fit(client, 1, "whole", rows)
    fit(client, 1, "parts", rows[:cut])
    answer = update(client, 1, "parts", rows[cut:])
    assert answer.json() == {"message": "Model updated successfully."}
    whole, parts = (client.get(f"/runs/1/{name}/export").json() for name in ("whole", "parts"))
    assert parts["count"] == whole["count"] == len(rows)
    for key in ("means", "stds", "covariance"):
        np.testing.assert_allclose(parts[key], whole[key], rtol=1e-9, atol=1e-6)
    one, other = (result(client, 1, name, x) for name in ("whole", "parts"))
    if min(whole["stds"]) > 0.01:
        assert one["z_score_anomaly"] == pytest.approx(other["z_score_anomaly"], rel=1e-6)


def test_updates_at_one_time_are_all_learnt(client: httpx2.Client) -> None:
    fit(client, 1, "crowd", [[0.0]])
    with ThreadPoolExecutor(8) as crowd:
        sent = [crowd.submit(update, client, 1, "crowd", [[float(i)]] * 3) for i in range(1, 41)]
    assert {one.result().status_code for one in sent} == {200}
    told = client.get("/runs/1/crowd/export").json()
    assert told["count"] == 121
    assert told["means"][0] == pytest.approx(3 * sum(range(41)) / 121)


def test_what_was_flagged_is_tracked_and_paged(client: httpx2.Client) -> None:
    fit(client, 1, "tracked", ROWS)
    for value in (500, 11, 600, 700):
        result(client, 1, "tracked", [value, 21, 31])
    told = client.get("/get-tracked-anomalies/1/tracked").json()
    assert (told["user_token"], told["run_id"], told["count"]) == ("1", "tracked", 3)
    assert [one["values"][0] for one in told["anomalies"]] == [500, 600, 700]
    assert told["anomalies"][0]["result"]["anomaly_detected"] is True
    assert told["anomalies"][0]["at"].endswith("Z")
    assert told["next"] is None
    first = client.get("/get-tracked-anomalies/1/tracked?limit=2").json()
    rest = client.get(f"/get-tracked-anomalies/1/tracked?after={first['next']}").json()
    assert first["anomalies"] + rest["anomalies"] == told["anomalies"]
    # A row that was judged was not learnt.
    assert client.get("/runs/1/tracked/export").json()["count"] == 3


def test_a_run_is_exported_under_its_tokens_name(server: Served, client: httpx2.Client) -> None:
    fit(client, 7, "march", ROWS)
    given = client.get("/runs/7/march/export")
    assert given.headers["content-disposition"].startswith('attachment; filename="7_march.json"')
    assert given.json()["means"] == pytest.approx([37 / 3, 67 / 3, 97 / 3])
    saved = client.post("/runs/7/march/export").json()
    assert saved["path"] == "runs/7_march.json"
    path = server.services.folder.path / saved["path"]
    assert json.loads(path.read_text()) == given.json()
    client.delete("/delete-data/7/march")
    assert not path.exists()
    odd = {"user_token": "..", "run_id": "…\\ü", "training_data": ROWS}
    assert client.post("/fit", json=odd).status_code == 200
    saved = client.post("/runs/%2E%2E/…\\ü/export").json()
    assert (server.services.folder.path / saved["path"]).parent.name == "runs"


def test_two_runs_never_share_a_file(client: httpx2.Client, server: Served) -> None:
    names = [("a_b", "c"), ("a", "b_c"), ("a%5Fb", "c"), ("x" * 200, "y" * 199), ("x" * 200, "z")]
    for token, run in names:
        assert fit(client, token, run, ROWS).status_code == 200
    paths = {
        client.post(f"/runs/{t.replace('%', '%25')}/{r}/export").json()["path"] for t, r in names
    }
    assert len(paths) == len(names)
    assert all((server.services.folder.path / path).is_file() for path in paths)


def test_no_token_reaches_another_tokens_run(client: httpx2.Client) -> None:
    fit(client, 1, "mine", ROWS)
    result(client, 1, "mine", [500, 600, 700])
    before = client.get("/runs/1/mine/export").json()
    for token in (2, "1 ", "01", "_", "%"):
        assert detect(client, token, "mine", [11, 21, 31]).status_code == 404
        assert update(client, token, "mine", ROWS).status_code == 404
        place = f"{token}/mine".replace("%", "%25")
        for path in ("/get-tracked-anomalies/{}", "/runs/{}/export"):
            assert client.get(path.format(place)).status_code == 404
        assert client.delete(f"/delete-data/{place}").status_code == 404
    # Another's fit of the same id is a run of its own.
    assert fit(client, 2, "mine", [[1], [2]]).status_code == 200
    assert client.delete("/delete-data/2/mine").status_code == 200
    assert client.get("/runs/1/mine/export").json() == before
    assert client.get("/get-tracked-anomalies/1/mine").json()["count"] == 1


def test_a_token_is_the_same_as_number_and_as_text(client: httpx2.Client) -> None:
    fit(client, 12, "same", ROWS)
    assert detect(client, "12", "same", [11, 21, 31]).status_code == 200
    assert client.get("/get-tracked-anomalies/12/same").status_code == 200


@pytest.mark.parametrize(
    ("rows", "status", "says"),
    [
        ([], 400, "Invalid training data format."),
        ([[]], 400, "Invalid training data format."),
        ([[1, 2], [3]], 400, "row 2 has 1"),
        ([[1.0] * 501], 400, "1 to 500"),
        ([[1, 1e200]], 400, "row 1, column 2"),
        ([[1, "2"]], 422, "/body/training_data/0/1"),
        ([[1, True]], 422, "/body/training_data/0/1"),
        ([[1, None]], 422, "/body/training_data/0/1"),
        ([1, 2], 422, "/body/training_data/0"),
        ("rows", 422, "/body/training_data"),
        (None, 422, "/body/training_data"),
    ],
)
def test_rows_that_no_run_can_learn(
    client: httpx2.Client, rows: Any, status: int, says: str
) -> None:
    fit(client, 1, "kept", ROWS)
    before = client.get("/runs/1/kept/export").json()
    for answer in (fit(client, 1, "kept", rows), update(client, 1, "kept", rows)):
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        assert says in answer.json()["detail"]
    assert client.get("/runs/1/kept/export").json() == before


@pytest.mark.parametrize(
    ("values", "status", "says"),
    [
        ([], 400, "Invalid input data format."),
        ([1, 2], 400, "Input data dimensions do not match training data."),
        ([1, 2, 3, 4], 400, "Input data dimensions do not match training data."),
        ([1, 2, 1e101], 400, "value 3"),
        ([1, 2, "3"], 422, "/body/values/2"),
        ([1, 2, None], 422, "/body/values/2"),
        ([[1, 2, 3]], 422, "/body/values/0"),
    ],
)
def test_rows_that_no_run_can_judge(
    client: httpx2.Client, values: Any, status: int, says: str
) -> None:
    fit(client, 1, "judge", ROWS)
    answer = detect(client, 1, "judge", values)
    assert (answer.status_code, says in answer.json()["detail"]) == (status, True), answer.text


def test_bodies_that_are_none(client: httpx2.Client) -> None:
    for body in (b"", b"{", b"[]", b"\xff", b'{"user_token": 1, "run_id": "a", "values": [NaN]}'):
        for path in ("/fit", "/update-model", "/detect-anomalies"):
            answer = client.post(path, content=body)
            assert answer.status_code == 422, (path, body, answer.text)
    huge = '{"user_token": %s, "run_id": "a", "values": [1]}' % ("9" * 6000)
    assert client.post("/detect-anomalies", content=huge).status_code in {404, 422}
    large = b'{"user_token": 1, "training_data": [[' + b"1," * (5 << 20) + b"1]]}"
    assert client.post("/fit", content=large).status_code == 413


@pytest.mark.parametrize("token", ["", "a/b", "a\nb", "x" * 201, 1.5, True, None, [1]])
def test_tokens_that_are_none(client: httpx2.Client, token: Any) -> None:
    answer = fit(client, token, "r", ROWS)
    assert answer.status_code == 422, answer.text
    assert fit(client, 1, token, ROWS).status_code == (200 if token is None else 422)


def test_what_is_not_there(client: httpx2.Client) -> None:
    for answer in (
        update(client, 999, "none", ROWS),
        detect(client, 999, "none", [1, 2, 3]),
        client.get("/get-tracked-anomalies/999/none"),
    ):
        assert answer.status_code == 404
        assert all(sentence in answer.json()["detail"] for sentence in NO_MODEL)
    gone = client.delete("/delete-data/999/none")
    assert gone.status_code == 404
    assert all(sentence in gone.json()["detail"] for sentence in NO_DATA)
    fit(client, 999, "there", ROWS)
    assert client.delete("/delete-data/999/there").json() == {
        "message": "Data successfully deleted."
    }
    assert detect(client, 999, "there", [1, 2, 3]).status_code == 404


def test_what_brought_the_upstream_down_is_answered(client: httpx2.Client) -> None:
    fit(client, 1, "single", [[1], [2], [3]])
    assert result(client, 1, "single", [2.5])["mahalanobis_distance"] == pytest.approx(0.5)
    fit(client, 1, "one-row", [[1, 2]])
    early = detect(client, 1, "one-row", [1, 2])
    assert (early.status_code, "1 row" in early.json()["detail"]) == (409, True)
    update(client, 1, "one-row", [[3, 5]])
    assert result(client, 1, "one-row", [2, 3])["anomaly_detected"] is False
    fit(client, 1, "constant", [[0.1, 1], [0.1, 2], [0.1, 3]])
    update(client, 1, "constant", [[0.1, 2.5]] * 7)
    same, other = (result(client, 1, "constant", [v, 2]) for v in (0.1, 0.1001))
    assert (same["anomaly_detected"], other["anomaly_detected"]) == (False, True)
    assert other["gaussian_probability"] == 0
    assert all(math.isfinite(value) for told in (same, other) for value in told.values())
    fit(client, 1, "all-constant", [[5, 6]] * 4)
    told = result(client, 1, "all-constant", [5, 6])
    assert (told["anomaly_detected"], told["normalized_probability"]) == (False, 1)
    assert result(client, 1, "all-constant", [5, 6.5])["anomaly_detected"] is True


NUMBER = st.one_of(
    st.floats(-1e100, 1e100),
    st.sampled_from([0.0, -0.0, 5e-324, 1e-200, 1e100, -1e100, 1.0, 1.0000000000000002]),
)


@settings(max_examples=40, deadline=None)
@given(
    st.integers(1, 3).flatmap(
        lambda d: st.lists(st.lists(NUMBER, min_size=d, max_size=d), min_size=2, max_size=6)
    )
)
def test_whatever_is_fitted_is_answered_in_finite_numbers(
    client: httpx2.Client, rows: list[list[float]]
) -> None:
    assert fit(client, 1, "any", rows).status_code == 200
    for x in (rows[0], [-v for v in rows[-1]]):
        told = result(client, 1, "any", x)
        assert all(math.isfinite(value) for value in told.values()), told
        assert 0 <= told["normalized_probability"] <= 1


def test_runs_outlive_the_server_in_every_store(tmp_path: Path) -> None:
    for _ in range(2):
        with served(tmp_path / "data") as here:
            base = f"http://127.0.0.1:{here.port}"
            with httpx2.Client(base_url=base, timeout=30) as client:
                if _ == 0:
                    fit(client, 1, "kept", ROWS)
                    result(client, 1, "kept", [500, 600, 700])
                assert client.get("/get-tracked-anomalies/1/kept").json()["count"] == 1
    with served(tmp_path / "other", store={"url": "memory"}) as here:
        base = f"http://127.0.0.1:{here.port}"
        with httpx2.Client(base_url=base, timeout=30) as client:
            fit(client, 1, "kept", ROWS)
            assert update(client, 2, "kept", ROWS).status_code == 404
            assert result(client, 1, "kept", [500, 600, 700])["anomaly_detected"] is True
            assert client.delete("/delete-data/1/kept").status_code == 200


def test_a_request_that_comes_again_under_its_key_does_nothing_anew(
    client: httpx2.Client,
) -> None:
    def send(path: str, body: dict[str, Any], key: str) -> httpx2.Response:
        return client.post(path, json=body, headers={"Idempotency-Key": key})

    rows = {"user_token": 1, "training_data": ROWS}
    one, again = (send("/fit", rows, "fit-1").json() for _ in range(2))
    assert one == again
    run = {"user_token": 1, "run_id": one["run_id"]}
    for _ in range(3):
        assert send("/update-model", {**run, "training_data": ROWS}, "more-1").status_code == 200
        send("/detect-anomalies", {**run, "values": [500, 600, 700]}, "row-1")
    assert client.get(f"/runs/1/{one['run_id']}/export").json()["count"] == 6
    assert client.get(f"/get-tracked-anomalies/1/{one['run_id']}").json()["count"] == 1
    other = send("/update-model", {**run, "training_data": [[1, 2, 3]]}, "more-1")
    assert other.status_code == 409
    # What was refused was not done, and may come again.
    bad = {**run, "training_data": [[1]]}
    assert [send("/update-model", bad, "bad-1").status_code for _ in range(2)] == [400, 400]

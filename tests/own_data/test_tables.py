import datetime
import decimal
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow
import pytest
import yaml
from pyarrow import parquet
from tests.own_data.given import patients, table
from tests.own_data.refused import refused

from pipeline.own_data.new_study import Asked, new_study
from pipeline.science.datasets import table_file

Fault = Callable[[pd.DataFrame], pd.DataFrame]


def asked(path: Path, **told: object) -> Asked:
    return Asked(path, **{"target": "diagnosis", **told})  # type: ignore[arg-type]


def test_columns_are_told_apart_and_those_that_say_nothing_are_left_out(repository: Path, tmp_path: Path) -> None:
    found = new_study("mine", asked(table(tmp_path)))
    kinds = {column["name"]: column["type"] for column in found["columns"]}
    assert {name: kinds[name] for name in ("patient", "visit", "hospital", "grade", "country", "mean_area")} == {
        "patient": "identifier",
        "visit": "identifier",
        "hospital": "nominal",
        "grade": "nominal",
        "country": "constant",
        "mean_area": "numeric",
    }
    missing = {column["name"]: column["missing"] for column in found["columns"] if column["missing"]}
    assert missing == {name: int(patients()[name].isna().sum()) for name in missing}
    assert set(missing) == {"mean_texture", "mean_area", "hospital"}
    assert found["classes"] == patients()["diagnosis"].value_counts().to_dict()
    stated = yaml.safe_load((repository / "studies/mine/params.yaml").read_text())
    assert stated["data"]["drop"] == ["patient", "visit", "country"]


@pytest.mark.parametrize("name", ["patients.csv", "patients.tsv", "patients.parquet"])
def test_every_kind_of_file_gives_the_same_rows(name: str, repository: Path, tmp_path: Path) -> None:
    new_study("mine", asked(table(tmp_path, name=name)))
    data = yaml.safe_load((repository / "studies/mine/params.yaml").read_text())["data"]
    read = table_file.load(0, repository / "studies/mine" / data["source"], label=data["label"], drop=data["drop"])
    assert read.y.tolist() == (patients()["diagnosis"] == "malignant").astype(int).tolist()
    assert (data["train"], data["validation"], data["held_out"]) == (284, 113, 170)


def with_column(name: str, make: Callable[[pd.DataFrame], object]) -> Fault:
    return lambda frame: frame.assign(**{name: make(frame)})


def spoilt(name: str, value: str) -> Fault:
    return lambda frame: frame.assign(**{name: frame[name].astype(object).where(np.arange(len(frame)) != 7, value)})


def spellings(frame: pd.DataFrame, *texts: str) -> list[str]:
    return [texts[row % len(texts)] for row in range(len(frame))]


def one_of_three(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(diagnosis=np.where(np.arange(len(frame)) < 5, "unclear", frame["diagnosis"]))


FAULTS: list[tuple[str, Fault, dict[str, object], str]] = [
    ("too few rows", lambda frame: frame.iloc[:90], {}, "has 90 rows, fewer than 100"),
    ("one class", lambda frame: frame[frame["diagnosis"] == "benign"], {}, "one"),
    ("a rare class", one_of_three, {}, "class 'unclear' has 5 rows, fewer than 10"),
    ("a target there is not", lambda frame: frame, {"target": "diagnose"}, "did you mean 'diagnosis'?"),
    ("no target", lambda frame: frame, {"target": None}, "--target: is missing"),
    ("a continuous target", lambda frame: frame, {"target": "mean_radius"}, "'mean_radius' is continuous (456 values)"),
    ("a target that counts", lambda frame: frame, {"target": "visit"}, "'visit' is continuous (569 values)"),
    ("too many classes", lambda frame: frame, {"target": "patient"}, "'patient' has 569 values in 569 rows"),
    (
        "missing labels",
        lambda frame: frame.assign(diagnosis=frame["diagnosis"].where(np.arange(len(frame)) != 7)),
        {},
        "'diagnosis' is missing in 1 rows, the first of them row 8",
    ),
    ("infinity", with_column("ratio", lambda frame: [np.inf, *frame["mean_area"][1:]]), {}, "'ratio' has 1 infinite"),
    ("free text", with_column("note", lambda frame: [f"note {row % 400}" for row in range(len(frame))]), {},
     "column 'note' has 400 kinds of values"),
    ("many kinds", with_column("city", lambda frame: [f"city {row % 280}" for row in range(len(frame))]), {},
     "--drop 'city'"),
    ("a copy of the target", with_column("code", lambda frame: (frame["diagnosis"] == "benign") * 1), {},
     "column 'code' is a copy of the target"),
    ("nearly a copy", with_column("code", lambda frame: [*(frame["diagnosis"] == "benign")[:-1] * 1.5, 0]), {},
     "column 'code' alone gives the label"),
    ("nothing beside it", lambda frame: frame[["patient", "diagnosis"]], {}, "no column that says anything"),
    ("a wrong --drop", lambda frame: frame, {"drop": ("hopsital",)}, "--drop: "),
    ("a question mark among numbers", spoilt("mean_area", "?"), {}, "'mean_area' holds numbers but for '?' (row 8)"),
    ("separated thousands", with_column("pay", lambda frame: [f"{1000 + row:,}" for row in range(len(frame))]), {},
     "'pay' holds numbers but for '1,000' (row 1)"),
    ("shares in percent", with_column("rate", lambda frame: [f"{row % 20}%" for row in range(len(frame))]), {},
     "'rate' holds numbers but for '0%' (row 1)"),
    ("prices", with_column("pay", lambda frame: [f"€ {row % 20}.50" for row in range(len(frame))]), {},
     "'pay' holds numbers but for '€ 0.50' (row 1)"),
    ("dates", with_column("seen", lambda frame: spellings(frame, "2024-03-18", "2024-04-01")), {},
     "'seen' holds dates or times"),
    ("dates, day first", with_column("seen", lambda frame: spellings(frame, "18.03.2024", "1.4.2024 10:30")), {},
     "'seen' holds dates or times"),
    ("dates with months", with_column("seen", lambda frame: spellings(frame, "18 Mar 2024", "April 1, 2024")), {},
     "--nominal 'seen'"),
    ("times", with_column("at", lambda frame: spellings(frame, "10:30", "23:15:01")), {}, "'at' holds dates or times"),
    ("N/A as a label", spoilt("diagnosis", "N/A"), {}, "'diagnosis' is missing in 1 rows"),
    ("? as a label", spoilt("diagnosis", "?"), {}, "has the class '?', which says that it is missing, first in row 8"),
    ("labels with a blank", spoilt("diagnosis", "benign "), {}, "'benign' and 'benign ', which differ in blanks only"),
    ("kinds with a blank", spoilt("hospital", "Northside "), {}, "which differ in blanks only"),
    ("labels with zeros", with_column("diagnosis", lambda frame: spellings(frame, "01", "1", "2")), {},
     "'diagnosis' holds 01 and 1, which would be read as one number"),
    ("kinds with zeros", with_column("code", lambda frame: spellings(frame, "07", "7", "8")), {"nominal": ("code",)},
     "'code' holds 07 and 7, which would be read as one number"),
    ("large numbers", with_column("time", lambda frame: 1_700_000_000_000 + np.arange(len(frame)) * 977), {},
     "'time' has numbers that float32 cannot tell apart"),
    ("the target left out", lambda frame: frame, {"drop": ("diagnosis",)}, "--drop: 'diagnosis' is the target"),
    ("the target nominal", lambda frame: frame, {"nominal": ("diagnosis",)}, "--nominal: 'diagnosis' is the target"),
    ("left out twice", lambda frame: frame, {"drop": ("grade", "grade")}, "--drop: names the column 'grade' twice"),
    ("nominal and out", lambda frame: frame, {"drop": ("grade",), "nominal": ("grade",)}, "'grade' is left out"),
    ("a size", lambda frame: frame, {"size": "8x8"}, "--size: "),
    ("repeated rows", lambda frame: pd.concat([frame, frame.iloc[:6]]).assign(visit=0, patient=0), {},
     "6 rows repeat others, label and all"),
    ("too few seeds", lambda frame: frame, {"seeds": 5}, "5 seeds can never reach alpha"),
]  # fmt: skip


@pytest.mark.parametrize(("fault", "told", "said"), [case[1:] for case in FAULTS], ids=[case[0] for case in FAULTS])
def test_what_cannot_be_studied_is_refused(
    fault: Fault, told: dict[str, object], said: str, repository: Path, tmp_path: Path
) -> None:
    assert said in refused(repository, asked(table(tmp_path, fault(patients())), **told))


def test_dates_of_a_parquet_file_are_refused(repository: Path, tmp_path: Path) -> None:
    frame = patients().assign(seen=lambda frame: pd.date_range("2020", periods=len(frame)))
    assert "'seen' holds dates" in refused(repository, asked(table(tmp_path, frame, "patients.parquet")))


PARQUET: list[tuple[str, object, str]] = [
    ("lists", [[1, 2]] * 569, "column 'more' holds lists or records"),
    ("records", [{"a": 1}] * 569, "column 'more' holds lists or records"),
    ("dates", [datetime.date(2020, 1, 1 + row % 28) for row in range(569)], "column 'more' holds dates"),
    ("times", [datetime.time(row % 24) for row in range(569)], "column 'more' holds dates"),
    ("numbers as text", [str(row % 40) for row in range(569)], "column 'more' holds numbers as text"),
]


@pytest.mark.parametrize(("values", "said"), [case[1:] for case in PARQUET], ids=[case[0] for case in PARQUET])
def test_columns_of_parquet_that_are_no_values_are_refused(
    values: object, said: str, repository: Path, tmp_path: Path
) -> None:
    path = table(tmp_path, patients().assign(more=values), "patients.parquet")
    assert said in refused(repository, asked(path))
    assert new_study("mine", asked(path, drop=("more",)))["data"]["rows"] == 569


def test_a_target_of_lists_is_refused(repository: Path, tmp_path: Path) -> None:
    path = table(tmp_path, patients().assign(diagnosis=[[1]] * 569), "patients.parquet")
    assert "holds lists" in refused(repository, asked(path))


def test_columns_of_parquet_are_what_they_were(repository: Path, tmp_path: Path) -> None:
    rows = np.arange(569)
    frame = patients().assign(
        kind=pd.Categorical(rows % 5 + 1), price=[decimal.Decimal(int(row * 7 % 300)) / 4 for row in rows]
    )
    path = table(tmp_path, frame.set_index("grade"), "patients.parquet")
    kinds = {column["name"]: column["type"] for column in new_study("mine", asked(path))["columns"]}
    assert (kinds["kind"], kinds["price"], kinds["grade"]) == ("nominal", "numeric", "nominal")
    stated = yaml.safe_load((repository / "studies/mine/params.yaml").read_text())["data"]
    read = table_file.load(0, path, label="diagnosis", drop=stated["drop"])
    assert next(column.categories for column in read.columns if column.name == "kind") == ("1", "2", "3", "4", "5")


def test_categories_and_decimals_outlast_rows_that_are_dropped(repository: Path, tmp_path: Path) -> None:
    rows = np.arange(569)
    kinds = pd.Categorical(np.where(rows % 7, rows % 5 + 1.0, np.nan))
    frame = patients().assign(kind=kinds, price=[decimal.Decimal(int(row % 90)) for row in rows], visit=0, patient=0)
    path = table(tmp_path, pd.concat([frame, frame.iloc[:6]]), "patients.parquet")
    found = new_study("mine", asked(path, duplicates="drop"))
    assert found["data"]["rows"] == 569
    read = table_file.load(0, repository / "studies/mine/data/source/patients.parquet", label="diagnosis")
    columns = {column.name: column for column in read.columns}
    assert columns["kind"].categories == ("1", "2", "3", "4", "5")
    assert columns["price"].kind == "numeric"


def test_two_columns_of_parquet_with_one_name_are_refused(repository: Path, tmp_path: Path) -> None:
    path = tmp_path / "patients.parquet"
    parquet.write_table(pyarrow.Table.from_arrays([pyarrow.array([1]), pyarrow.array([2])], names=["a", "a"]), path)
    assert "(two columns are named 'a')" in refused(repository, asked(path))


def test_labels_beyond_what_floats_tell_apart_stay_classes(repository: Path, tmp_path: Path) -> None:
    labels = [2**53 + row % 3 for row in range(569)]
    found = new_study("mine", asked(table(tmp_path, patients().assign(diagnosis=labels))))
    assert list(found["classes"]) == [str(2**53 + kind) for kind in range(3)]


@pytest.mark.parametrize("name", ["No", "NO", "On", "True", "Off", "Yes", "Null", "y"])
def test_a_column_whose_name_yaml_reads_as_a_truth_is_named(name: str, repository: Path, tmp_path: Path) -> None:
    path = table(tmp_path, patients().rename(columns={"diagnosis": name, "country": name + name}))
    new_study("mine", asked(path, target=name))
    assert yaml.safe_load((repository / "studies/mine/params.yaml").read_text())["data"]["label"] == name


@pytest.mark.parametrize("name", ["PATIENTS.CSV", "Patients.Tsv", "P.PARQUET"])
def test_the_case_of_a_suffix_says_nothing(name: str, repository: Path, tmp_path: Path) -> None:
    path = table(tmp_path, name=name.lower()).rename(tmp_path / name)
    assert new_study("mine", asked(path))["data"]["rows"] == 569


@pytest.mark.parametrize("mark", ["\f", "\u2028", "\x85"])
def test_a_mark_that_ends_no_line_is_part_of_a_field(mark: str, repository: Path, tmp_path: Path) -> None:
    path = table(tmp_path, patients().assign(country=f"Uto{mark}pia"))
    assert new_study("mine", asked(path))["data"]["rows"] == 569


def test_lines_may_end_in_carriage_returns(repository: Path, tmp_path: Path) -> None:
    path = table(tmp_path)
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r"))
    assert new_study("mine", asked(path))["data"]["rows"] == 569


def test_what_is_odd_in_columns_is_told(repository: Path, tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    frame = patients().assign(
        CustomerID=random.permutation(9000)[:569], zip=[f"0{1000 + row % 60}" for row in range(569)]
    )
    columns = {column["name"]: column for column in new_study("mine", asked(table(tmp_path, frame)))["columns"]}
    assert columns["CustomerID"]["type"] == "identifier"
    assert "leading zeros: codes of kinds?" in columns["zip"]["note"]


def test_an_id_that_repeats_and_kinds_that_differ_in_case_are_told(repository: Path, tmp_path: Path) -> None:
    rows = np.arange(569)
    frame = patients().assign(patient_id=rows // 3 + 100, smokes=np.where(rows % 3, "Yes", "yes"))
    columns = {column["name"]: column for column in new_study("mine", asked(table(tmp_path, frame)))["columns"]}
    assert "called an id, and repeats" in columns["patient_id"]["note"]
    assert "'Yes' and 'yes' differ in case only" in columns["smokes"]["note"]


def test_classes_that_are_uneven_or_differ_in_case_are_told(repository: Path, tmp_path: Path) -> None:
    labels = np.where(np.arange(569) % 9, "ill", np.where(np.arange(569) % 2, "well", "Well"))
    notes = new_study("mine", asked(table(tmp_path, patients().assign(diagnosis=labels))))["data"]["notes"]
    assert notes[0].startswith("89 % of rows are of class 'ill': ")
    assert notes[1].startswith("classes 'Well' and 'well' differ in case only")
    assert new_study("even", asked(table(tmp_path)))["data"]["notes"] == []


def test_other_spellings_of_missing_are_missing(repository: Path, tmp_path: Path) -> None:
    frame = patients().astype({"mean_area": object}).fillna({"mean_area": "n/a"})
    columns = {column["name"]: column for column in new_study("mine", asked(table(tmp_path, frame)))["columns"]}
    assert (columns["mean_area"]["type"], columns["mean_area"]["missing"]) == (
        "numeric",
        int(patients()["mean_area"].isna().sum()),
    )


def sound() -> str:
    return patients().to_csv(index=False)


TEXTS = [
    ("ragged", sound().replace("Utopia,", "Utopia,1,", 1).encode(), "line 2 has 15 fields, the header 14"),
    ("latin1", sound().replace("Utopia", "Österreich", 1).encode("latin-1"), "line 2 is not UTF-8 (byte 0xd6)"),
    ("utf-16", sound().encode("utf-16"), "is UTF-16, not UTF-8"),
    ("binary", b"a,b\n1,\0\n", "holds zero bytes"),
    ("empty", b"", "is empty"),
    ("header alone", b"a,diagnosis\n", "has a header and no rows"),
    ("no header", sound().partition("\n")[2].encode(), "--target: "),
    ("numbers for a header", b"1,2\n3,4\n", "its first line holds numbers"),
    ("semicolons", sound().replace(", ", " ").replace('"', "").replace(",", ";").encode(), "semicolons, not commas"),
    ("two of a name", sound().replace("visit", "patient", 1).encode(), "two columns are named 'patient'"),
    ("no name", sound().replace("visit", "", 1).encode(), "column 10 has no name"),
    ("a decimal comma", sound().replace(",", ";").replace(".", ",").encode(), "semicolons, not commas"),
    ("an open quote", (sound() + 'x,"y').encode(), "mend its quotes"),
]  # fmt: skip


@pytest.mark.parametrize(("content", "said"), [case[1:] for case in TEXTS], ids=[case[0] for case in TEXTS])
def test_a_file_that_is_no_sound_text_is_refused_by_line(
    content: bytes, said: str, repository: Path, tmp_path: Path
) -> None:
    path = tmp_path / "patients.csv"
    path.write_bytes(content)
    assert said in refused(repository, asked(path))


def test_repeated_rows_are_dropped_or_kept_as_asked(repository: Path, tmp_path: Path) -> None:
    path = table(tmp_path, pd.concat([patients(), patients().iloc[:6]]).assign(visit=0, patient=0))
    dropped = new_study("dropped", asked(path, duplicates="drop"))
    assert (dropped["data"]["rows"], dropped["repeats"]["exact"], dropped["repeats"]["dropped"]) == (569, 6, True)
    assert len((repository / "studies/dropped/data/source/patients.csv").read_text().splitlines()) == 570
    assert "copied here without 6 rows that repeated others" in (repository / "studies/dropped/params.yaml").read_text()

    kept = new_study("kept", asked(path, duplicates="keep"))
    text = (repository / "studies/kept/params.yaml").read_text()
    assert "that repeated others" not in text
    stated = yaml.safe_load(text)["data"]
    crossing = sum(probe["value"] for probe in kept["probes"] if "copies" in probe["probe"])
    assert kept["data"]["rows"] == 575
    assert stated.get("known_duplicates", 0) == crossing


@pytest.mark.parametrize("duplicates", ["drop", "keep"])
def test_what_names_rows_is_left_out_though_some_rows_are_repeated(
    duplicates: str, repository: Path, tmp_path: Path
) -> None:
    frame = patients().assign(CustomerID=np.random.default_rng(1).permutation(9000)[:569])
    path = table(tmp_path, pd.concat([frame, frame.iloc[:6]]))
    columns = {column["name"]: column for column in new_study("mine", asked(path, duplicates=duplicates))["columns"]}
    assert [columns[name]["type"] for name in ("patient", "visit", "CustomerID")] == ["identifier"] * 3
    stated = yaml.safe_load((repository / "studies/mine/params.yaml").read_text())["data"]
    assert stated["drop"] == ["patient", "visit", "country", "CustomerID"]


@pytest.mark.parametrize("kinds", [("1.2.3", "1.2.10"), ("3:1", "2:1"), ("may", "march"), ("24-03", "24-04")])
def test_kinds_that_look_a_little_like_dates_are_kinds(
    kinds: tuple[str, ...], repository: Path, tmp_path: Path
) -> None:
    frame = patients().assign(kind=spellings(patients(), *kinds))
    columns = {column["name"]: column for column in new_study("mine", asked(table(tmp_path, frame)))["columns"]}
    assert columns["kind"]["type"] == "nominal"


def test_rows_alike_with_another_label_are_told(repository: Path, tmp_path: Path) -> None:
    frame = patients().drop(columns=["patient", "visit"])
    other = frame.iloc[:3].assign(
        diagnosis=frame["diagnosis"].iloc[:3].map({"benign": "malignant", "malignant": "benign"})
    )
    found = new_study("mine", asked(table(tmp_path, pd.concat([frame, other]))))
    assert (found["repeats"]["exact"], found["repeats"]["conflicting"]) == (0, 6)


def test_rows_that_are_nearly_alike_are_told(repository: Path, tmp_path: Path) -> None:
    frame = patients().drop(columns=["patient", "visit"])
    near = frame.iloc[:5].assign(mean_radius=frame["mean_radius"].iloc[:5] + 1e-4)
    found = new_study("mine", asked(table(tmp_path, pd.concat([frame, near]))))
    assert found["repeats"]["near"] == 10


def test_a_dry_run_writes_nothing(repository: Path, tmp_path: Path) -> None:
    found = new_study("mine", asked(table(tmp_path)), dry=True)
    assert found["chosen"]["train"] == 284
    assert not (repository / "studies").exists()

"""Files as somebody hostile, a torn line or a tired hand makes them: good ones, spoilt at random.

Every case is drawn from its number alone, so that what was found can be drawn again.
"""

from __future__ import annotations

import io
import json
import sqlite3
import struct
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from PIL import Image

from city.settings import HOME
from gis.drivers import pyogrio
from storage.backup import write_backup
from storage.database import Database
from storage.migrate import migrate

HUGE = 10_000_000
"""Characters of one cell, bytes of one member."""


@dataclass(frozen=True, slots=True)
class HostileFile:
    """A file for one reader, and how it came about."""

    reader: str
    name: str
    content: bytes
    how: str


# --- what is good ---------------------------------------------------------------------------------------------------


def squares() -> gpd.GeoDataFrame:
    """Two communities side by side, as the town of the fuzzing has them."""
    return gpd.GeoDataFrame(
        {"code": ["01", "02"], "name": ["东", "西"], "homes": [300, 200], "parent": ["", ""]},
        geometry=[shapely.box(124.1, 39.8, 124.2, 39.9), shapely.box(124.2, 39.8, 124.3, 39.9)],
        crs=4326,
    )


def compounds() -> gpd.GeoDataFrame:
    """Two compounds in each of the communities."""
    return gpd.GeoDataFrame(
        {"code": [f"0{n // 2 + 1}0{n % 2 + 1}" for n in range(4)], "name": list("甲乙丙丁"), "homes": [100] * 4,
         "parent": [f"0{n // 2 + 1}" for n in range(4)]},
        geometry=[shapely.box(124.1 + 0.05 * n, 39.8, 124.15 + 0.05 * n, 39.9) for n in range(4)], crs=4326,
    )  # fmt: skip


TICKETS = pd.DataFrame(
    {
        "id": ["a1", "a2", "a3"], "lon": ["124.15", "124.25", ""], "lat": ["39.85", "39.85", ""],
        "opened": ["2026-01-02 08:00", "2026-02-03T09:00:00+08:00", "2026/03/04"],
        "closed": ["2026-01-03 08:00", "", ""], "due": ["2026-01-05", "", "2026-03-09"],
        "category": ["路灯", "lamp", ""], "department": ["D1", "", "城管局"], "address": ["东街1号", "", "=1+1"],
    }
)  # fmt: skip

HEADS = pd.DataFrame(
    {"code": ["01", "02"], "name": ["王伟", "李娜"], "title": ["网格长", ""], "work_phone": ["0415-7123456", ""],
     "duties": ["巡查", ""], "photo": ["head.jpg", ""]}
)  # fmt: skip

HOUSEHOLDS = pd.DataFrame({"unit": ["0101", "0102"], "households": ["120", "80"], "note": ["甲", ""]})

PLAN = pd.DataFrame(
    {"unit": ["u1", "u2"], "level2": ["0101", "0102"], "level1": ["01", "01"], "level2_name": ["甲", "乙"]}
)


def packed(members: Mapping[str, bytes], kind: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip file of these members."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", kind) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def members_of(content: bytes) -> dict[str, bytes]:
    """The members of a zip file."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _as_parquet(frame: pd.DataFrame) -> bytes:
    out = io.BytesIO()
    frame.to_parquet(out)
    return out.getvalue()


def _as_xlsx(frame: pd.DataFrame) -> bytes:
    out = io.BytesIO()
    frame.to_excel(out, index=False)
    return out.getvalue()


def _drawn(frame: gpd.GeoDataFrame, name: str, driver: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        pyogrio.write_dataframe(frame, path, driver=driver)
        return path.read_bytes()


def _shapefile(frame: gpd.GeoDataFrame) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        pyogrio.write_dataframe(frame, Path(folder) / "grids.shp", driver="ESRI Shapefile", encoding="UTF-8")
        return packed({path.name: path.read_bytes() for path in sorted(Path(folder).iterdir())})


def _kml(frame: gpd.GeoDataFrame) -> bytes:
    marks = "".join(
        f"<Placemark><name>{row['name']}</name><ExtendedData><SchemaData schemaUrl='#s'><SimpleData name='code'>{row.code}"
        f"</SimpleData></SchemaData></ExtendedData><Polygon><outerBoundaryIs><LinearRing><coordinates>"
        + " ".join(f"{x},{y}" for x, y in row.geometry.exterior.coords)
        + "</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark>"
        for _, row in frame.iterrows()
    )
    return (
        "<?xml version='1.0' encoding='UTF-8'?><kml xmlns='http://www.opengis.net/kml/2.2'><Document id='d'>"
        "<Schema name='s' id='s'><SimpleField name='code' type='string'/></Schema>"
        f"<Folder><name>grids</name>{marks}</Folder></Document></kml>"
    ).encode()


def _picture(kind: str, **how: Any) -> bytes:
    out = io.BytesIO()
    Image.linear_gradient("L").resize((96, 64)).convert("RGB").save(out, kind, **how)
    return out.getvalue()


def boundaries(frame: gpd.GeoDataFrame) -> dict[str, bytes]:
    """Grids in every format that they may come in."""
    out = io.BytesIO()
    frame.to_parquet(out)
    return {
        "g.geojson": frame.to_json(drop_id=True).encode(),
        "g.gpkg": _drawn(frame, "g.gpkg", "GPKG"),
        "g.zip": _shapefile(frame),
        "g.kml": _kml(frame),
        "g.parquet": out.getvalue(),
    }


def tables(frame: pd.DataFrame) -> dict[str, bytes]:
    """A table in every format that it may come in."""
    text = frame.to_csv(index=False)
    return {
        "t.csv": text.encode(),
        "bom.csv": text.encode("utf-8-sig"),
        "gbk.csv": text.encode("gbk"),
        "wide.csv": text.encode("utf-16"),
        "t.xlsx": _as_xlsx(frame),
        "t.parquet": _as_parquet(frame),
    }


SETTINGS = b"""database_url = "sqlite:///city.db"
lang = "zh"
refresh_seconds = 10
keep_years = 3
secure_cookie = false
demo_mode = "off"
"""


@cache
def good_files() -> Mapping[str, Mapping[str, bytes]]:
    """What each reader takes, by the file's name."""
    plan = {name: c for name, c in (boundaries(compounds()) | tables(PLAN)).items() if not name.endswith((".kml", ".parquet"))}  # fmt: skip
    rules = {path.name: path.read_bytes() for path in sorted((HOME / "data" / "rules").glob("*.toml"))}
    slips = {path.name: path.read_bytes() for path in sorted((HOME / "data" / "slips").glob("*.docx"))}
    photos = {
        "p.jpg": _picture("JPEG"), "q.jpg": _picture("JPEG", progressive=True), "p.png": _picture("PNG"),
        "p.webp": _picture("WEBP"), "e.jpg": _picture("JPEG", exif=_notes()),
    }  # fmt: skip
    return {
        "boundaries": boundaries(squares()),
        "tickets": tables(TICKETS),
        "heads": tables(HEADS),
        "households": tables(HOUSEHOLDS),
        "plan": plan,
        "sent plan": plan,
        "route": tables(TICKETS),
        "photo": photos,
        "slip": slips,
        "rules": rules,
        "settings": {"redgrid.toml": SETTINGS},
        "backup": {"b.zip": _backup()},
    }


def _backup() -> bytes:
    """A backup of a city without grids."""
    out = io.BytesIO()
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/city.db")
        migrate(database)
        with database.read() as connection:
            write_backup(connection, out, datetime(2026, 11, 24, tzinfo=UTC))
        database.close()
    return out.getvalue()


def _notes() -> bytes:
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "street"
    return exif.tobytes()


# --- what is not ----------------------------------------------------------------------------------------------------

NUMBERS = (
    "NaN", "-inf", "1e400", "-1", "0", "9" * 400, "1e-320", "0x10", "١٢٣", "1_000", "٪", "2147483648", "-9223372036854775809",
    "1" + "0" * 5000, "99999999999999999999.5", "180.0001", "90.1", "−5", "1,5", "",
)  # fmt: skip
TEXTS = (
    "", " ", "\0", "a\0b", "\ufeff", "\u202eabc", "\u200b", "\ud800", "💥" * 40, "'; DROP TABLE tickets;--", "=cmd|' /C calc'!A0",
    "../../etc/passwd", "{{ no }}", "{% for x in range(10**9) %}{% endfor %}", "<script>", "%s%n{0}{file}", "\r\n", "9999-99-99",
    "0000-00-00", "9999-12-31 23:59:59", "0001-01-01", "1677-09-21", "300000-01-01", "2026-02-30", "2026-01-01T00:00:00+99:99",
    "-2026-01-01", "x" * 70_000, "\ufdd0", "\ufffe", "NULL", "None", "nan", "NaT", "true",
)  # fmt: skip
WORDS = (
    b"\x00",
    b"\xff\xff\xff\xff",
    b"\x7f\xff\xff\xff",
    b"\x80\x00\x00\x00",
    b"\x00" * 8,
    b"\xff" * 8,
    b"\x01\x00\x00\x00",
    b"\xfe\xff",
)

Spoiling = Callable[[Random, bytes], bytes]


def _torn(random: Random, content: bytes) -> bytes:
    """A torn upload: the beginning, or all but the end."""
    at = random.choice((random.randrange(len(content) + 1), random.randrange(16), max(0, len(content) - random.randrange(1, 64))))  # fmt: skip
    return content[:at]


def _bits(random: Random, content: bytes) -> bytes:
    spoilt = bytearray(content or b"\0")
    for _ in range(random.choice((1, 1, 2, 8, 64))):
        spoilt[random.randrange(len(spoilt))] ^= 1 << random.randrange(8)
    return bytes(spoilt)


def _words(random: Random, content: bytes) -> bytes:
    spoilt = bytearray(content)
    for _ in range(random.choice((1, 1, 3, 9))):
        at, word = random.randrange(len(spoilt) + 1), random.choice(WORDS)
        spoilt[at : at + len(word)] = word
    return bytes(spoilt)


def _pieces(random: Random, content: bytes) -> bytes:
    """A piece taken out, put in twice, or moved."""
    a, b = sorted(random.randrange(len(content) + 1) for _ in range(2))
    b = min(b, a + random.choice((1, 16, 256, 4096)))
    at = random.randrange(len(content) + 1)
    return random.choice((
        content[:a] + content[b:], content[:b] + content[a:], content[:at] + content[a:b] + content[at:],
        content[:at] + random.randbytes(b - a) + content[at:], content[:at] + b"\0" * (b - a) + content[at:],
    ))  # fmt: skip


def _tokens(random: Random, content: bytes) -> bytes:
    """A word or a number of a text put another way."""
    text = content.decode("utf-8", errors="surrogateescape")
    places = [i for i, letter in enumerate(text) if letter.isalnum()]
    for _ in range(random.choice((1, 1, 2, 5))):
        if not places:
            break
        at = min(random.choice(places), max(0, len(text) - 1))
        end = at
        while end < len(text) and (text[end].isalnum() or text[end] in ".-+"):
            end += 1
        text = text[:at] + random.choice((*NUMBERS, *TEXTS)) + text[end:]
    return text.encode("utf-8", errors="surrogatepass" if random.random() < 0.3 else "replace")


def _other(random: Random, _content: bytes) -> bytes:
    """What is another file altogether."""
    reader = random.choice(list(good_files()))
    return random.choice([*good_files()[reader].values(), b"", b"\0" * 100, random.randbytes(300), b"<kml/>", b"PK\x05\x06" + b"\0" * 18, b"PAR1PAR1", b"{}", b"[]"])  # fmt: skip


ANY: Mapping[str, Spoiling] = {
    "torn": _torn, "bits": _bits, "words": _words, "pieces": _pieces, "tokens": _tokens, "another file": _other,
}  # fmt: skip


# --- JSON -----------------------------------------------------------------------------------------------------------


def _value(random: Random) -> Any:
    return random.choice((
        None, True, -1, 0, 1e308, float("nan"), float("inf"), 10**400, "", "\ud800", "\0", [], {}, [[]], [[[]]], [None], "x" * 100_000,
        {"type": "Polygon", "coordinates": []}, {"type": "Polygon", "coordinates": [[[0, 0]]]}, [[124, 39], [125, 40]],
        {"type": "GeometryCollection", "geometries": []}, {"type": "link", "properties": {"href": "http://127.0.0.1:9/"}},
        {"type": "name", "properties": {"name": "EPSG:99999999"}}, {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}},
        random.choice(TEXTS), {random.choice(TEXTS): random.choice(NUMBERS)},
    ))  # fmt: skip


def _json_node(random: Random, content: bytes) -> bytes:
    """Some values of a JSON exchanged, keys renamed, doubled, dropped."""
    told = json.loads(content)
    for _ in range(random.choice((1, 1, 2, 4))):
        node, parent, key = told, None, None
        while isinstance(node, dict | list) and node and (parent is None or random.random() < 0.8):
            parent, key = (
                node,
                random.choice(list(node)) if isinstance(node, dict) else random.randrange(len(node)),
            )
            node = parent[key]
        if parent is None:
            break
        if random.random() < 0.2 and isinstance(parent, dict):
            parent[random.choice(("type", "crs", "features", random.choice(TEXTS)))] = parent.pop(key)
        else:
            parent[key] = _value(random)
    return json.dumps(told, ensure_ascii=random.random() < 0.5).encode("utf-8", errors="surrogatepass")


def _json_deep(random: Random, content: bytes) -> bytes:
    depth = random.choice((500, 5_000, 200_000))
    opens, shuts = random.choice(
        ((b"[", b"]"), (b'{"a":', b"}"), (b'{"type":"GeometryCollection","geometries":[', b"]}"))
    )
    nested = opens * depth + b"0" + shuts * depth
    return content.replace(b'"properties"', b'"deep": ' + nested + b', "properties"', 1)


def _json_many(random: Random, content: bytes) -> bytes:
    told = json.loads(content)
    feature = told["features"][0]
    ring = feature["geometry"]["coordinates"][0]
    if random.random() < 0.5:
        feature["geometry"]["coordinates"] = [ring * random.choice((100, 20_000))]
    else:
        told["features"] = [feature] * random.choice((300, 5_000))
    return json.dumps(told).encode()


# --- zip, and what is one -------------------------------------------------------------------------------------------


@cache
def zeros(size: int) -> bytes:
    """Many zeros, packed once."""
    return packed({"zeros.bin": b"\0" * size})


def with_member(bomb: bytes, members: Mapping[str, bytes], name: str) -> bytes:
    """A zip in which one member, under a name of the same length, unpacks to what ``bomb`` holds."""
    out = io.BytesIO(bomb.replace(b"zeros.bin", name.encode()[:9].ljust(9, b"_")))
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive:
        for each, content in members.items():
            archive.writestr(each, content)
    return out.getvalue()


def _lying(content: bytes, size: int) -> bytes:
    """A zip whose table of contents says another unpacked size of every member."""
    spoilt, at = bytearray(content), -1
    while (at := spoilt.find(b"PK\x01\x02", at + 1)) >= 0:
        spoilt[at + 24 : at + 28] = struct.pack("<I", size)
    return bytes(spoilt)


def _zip_trick(random: Random, content: bytes) -> bytes:
    members = members_of(content)
    first = random.choice(list(members))
    trick = random.randrange(12)
    if trick == 0:
        return _lying(content, random.choice((0, 1, 2**31, 2**32 - 1)))
    if trick == 1:
        return packed(members | {f"{n}.txt": b"" for n in range(20_000)})
    if trick == 2:
        return with_member(zeros(60 * HUGE), members, first)
    if trick == 3:
        return packed(members | {"inner.zip": zeros(30 * HUGE)})
    if trick == 4:
        above = random.choice(("/etc/", "../../", "C:\\", "a/../../"))
        return packed({above + name: c for name, c in members.items()})
    if trick == 5:
        out = io.BytesIO(content)
        with zipfile.ZipFile(out, "a") as archive:
            archive.writestr(first, ANY["bits"](random, members[first]))
        return out.getvalue()
    if trick == 6:
        spoilt = bytearray(content)
        for mark, at in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
            place = -1
            while (place := spoilt.find(mark, place + 1)) >= 0:
                spoilt[place + at] |= 1
        return bytes(spoilt)
    if trick == 7:
        spoilt = bytearray(content)
        place = spoilt.find(b"PK\x01\x02")
        spoilt[place + 10 : place + 12] = struct.pack("<H", random.choice((1, 9, 12, 14, 93, 99)))
        return bytes(spoilt)
    if trick == 8:
        return packed({name: c for name, c in members.items() if name != first})
    if trick == 9:
        renamed = random.choice(("a\0b", "x" * 60_000, "\u202e" + first, first.upper(), "."))
        return packed({(renamed if name == first else name): c for name, c in members.items()})
    if trick == 10:
        return packed(members, random.choice((zipfile.ZIP_STORED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)))
    return content + random.randbytes(random.choice((1, 70_000)))


def _zip_member(random: Random, content: bytes) -> bytes:
    """One member spoilt, its checksum right."""
    members = members_of(content)
    name = random.choice([name for name, each in members.items() if each] or list(members))
    how = XML if name.endswith((".xml", ".rels")) and random.random() < 0.5 else ANY
    return packed(members | {name: random.choice(list(how.values()))(random, members[name])})


# --- XML ------------------------------------------------------------------------------------------------------------


def _laughs(random: Random, content: bytes) -> bytes:
    """Entities within entities, or one that names a file or an address."""
    bomb = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, random.choice((4, 10))))
    outside = random.choice(("file:///etc/passwd", "http://127.0.0.1:9/x", "file:///dev/zero"))
    doctype = random.choice((
        f'<!DOCTYPE x [<!ENTITY l0 "ha">{bomb}]>', f'<!DOCTYPE x [<!ENTITY l0 SYSTEM "{outside}">]>',
        f'<!DOCTYPE x [<!ENTITY % p SYSTEM "{outside}">%p;]>', f'<!DOCTYPE x SYSTEM "{outside}">',
        f'<!DOCTYPE x [<!ENTITY l0 "{"A" * 100_000}">]>',
    ))  # fmt: skip
    last = f"&l{random.choice((0, 3, 9))};" * random.choice((1, 1, 1000))
    text = content.decode("utf-8", errors="replace")
    begin = text.find("?>") + 2 if text.startswith("<?xml") else 0
    text = text[:begin] + doctype + text[begin:]
    places = [i + 1 for i, letter in enumerate(text) if letter == ">" and i > begin + len(doctype)]
    at = random.choice(places or [len(text)])
    return (text[:at] + last + text[at:]).encode()


def _xml_deep(random: Random, content: bytes) -> bytes:
    tag, depth = (
        random.choice((b"a", b"Folder", b"MultiGeometry", b"c")),
        random.choice((300, 20_000, 300_000)),
    )
    at = content.rfind(b"</")
    return content[:at] + b"<%b>" % tag * depth + b"</%b>" % tag * depth + content[at:]


def _xml_attribute(random: Random, content: bytes) -> bytes:
    """The value of an attribute put another way."""
    text = content.decode("utf-8", errors="replace")
    marks = [i for i, letter in enumerate(text) if letter == '"']
    if len(marks) < 2:
        return _tokens(random, content)
    n = random.randrange(0, len(marks) - 1)
    new = random.choice(
        (
            *NUMBERS,
            *(t.replace("<", "&lt;").replace("\0", "&#0;") for t in TEXTS),
            "XFE1048577",
            "A1:XFD1048576",
            "_xD800_",
            "s",
            "e",
            "d",
            "b",
            "str",
            "inlineStr",
        )
    )
    return (text[: marks[n] + 1] + new + text[marks[n + 1] :]).encode("utf-8", errors="replace")


XML: Mapping[str, Spoiling] = {
    "laughs": _laughs,
    "deep": _xml_deep,
    "attribute": _xml_attribute,
    "tokens": _tokens,
}


# --- tables ---------------------------------------------------------------------------------------------------------


def _cells(random: Random, frame: pd.DataFrame) -> pd.DataFrame:
    """Some cells exchanged, columns doubled or dropped, rows many."""
    spoilt = frame.astype(object).copy()
    for _ in range(random.choice((1, 1, 3, 8))):
        spoilt.iat[random.randrange(len(spoilt)), random.randrange(spoilt.shape[1])] = random.choice(
            (*NUMBERS, *TEXTS)
        )
    trick = random.randrange(10)
    if trick == 0:
        spoilt = pd.concat([spoilt, spoilt.iloc[:, [random.randrange(spoilt.shape[1])]]], axis=1)
    elif trick == 1:
        spoilt = spoilt.drop(columns=random.choice(list(spoilt.columns)))
    elif trick == 2:
        spoilt = spoilt.rename(columns={random.choice(list(spoilt.columns)): random.choice(TEXTS)})
    elif trick == 3:
        spoilt = pd.concat([spoilt] * random.choice((10, 500)), ignore_index=True)
    elif trick == 4:
        spoilt.iat[0, random.randrange(spoilt.shape[1])] = "x" * HUGE
    elif trick == 5:
        spoilt = pd.concat(
            [spoilt, pd.DataFrame({f"c{n}": [""] * len(spoilt) for n in range(1_500)})], axis=1
        )
    return spoilt


FRAMES = {
    "tickets": TICKETS, "heads": HEADS, "households": HOUSEHOLDS, "plan": PLAN, "sent plan": PLAN, "route": TICKETS,
}  # fmt: skip


def _table_text(random: Random, frame: pd.DataFrame, encoding: str) -> bytes:
    text = _cells(random, frame).to_csv(index=False, sep=random.choice((",", ",", ";", "\t")))
    if random.random() < 0.2:
        text = text.replace('"', "", random.randrange(3)).replace(
            "\n", random.choice(("\r", "\r\n", '"\n')), random.randrange(3)
        )
    return text.encode(encoding, errors=random.choice(("replace", "ignore")))


def _sheet(random: Random, frame: pd.DataFrame) -> bytes:
    import xlsxwriter

    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "nan_inf_to_errors": True}) as book:
        page = book.add_worksheet()
        spoilt = _cells(random, frame)
        for r, row in enumerate([list(spoilt.columns), *spoilt.to_numpy().tolist()]):
            for c, cell in enumerate(row):
                text = str(cell)[:32_000].encode("utf-8", "replace").decode()
                how = random.random() if r else 1.0
                if how < 0.04:
                    page.write_number(
                        r, c, random.choice((1e300, -1.0, 0.1, 2**53 + 1, 40_000.5, 3e6, float("nan")))
                    )
                elif how < 0.08:
                    page.write_formula(
                        r,
                        c,
                        random.choice(("=1/0", "=A1", '=WEBSERVICE("http://127.0.0.1:9")')),
                        None,
                        random.choice((5, "#DIV/0!", "")),
                    )
                elif how < 0.1:
                    page.write_boolean(r, c, True)
                elif how < 0.14:
                    page.write_number(
                        r,
                        c,
                        random.choice((1e9, -5.0, 0.0, 60.0, 2_958_466.0)),
                        book.add_format({"num_format": "yyyy-mm-dd"}),
                    )
                else:
                    page.write_string(r, c, text)
        if random.random() < 0.05:
            page.write_string(1_048_575, 16_383, "far away")
    return out.getvalue()


def _arrow(random: Random, frame: pd.DataFrame) -> bytes:
    """A Parquet whose columns are of other types, or hold far more than the file does."""
    spoilt = {name: pa.array([str(v).encode("utf-8", "replace").decode() for v in values]) for name, values in _cells(random, frame.copy()).T.drop_duplicates().T.items()}  # fmt: skip
    many = len(next(iter(spoilt.values())))
    odd = {
        "list": lambda: pa.array([[1, 2]] * many),
        "struct": lambda: pa.array([{"a": 1}] * many),
        "binary": lambda: pa.array([b"\xff\xfe"] * many),
        "decimal": lambda: pa.array([None] * many, pa.decimal256(70, 5)),
        "null": lambda: pa.nulls(many),
        "far": lambda: pa.array([2**53] * many, pa.timestamp("s")),
        "ns": lambda: pa.array([-(2**62)] * many, pa.timestamp("ns", "Asia/Shanghai")),
        "date": lambda: pa.array([2**30] * many, pa.date32()),
        "duration": lambda: pa.array([1] * many, pa.duration("ns")),
        "float": lambda: pa.array([float("nan")] * many),
        "half": lambda: pa.array([np.float16(1)] * many),
        "uint": lambda: pa.array([2**64 - 1] * many, pa.uint64()),
        "map": lambda: pa.array([[("a", 1)]] * many, pa.map_(pa.string(), pa.int32())),
        "dictionary": lambda: pa.DictionaryArray.from_arrays(pa.array([0] * many), pa.array(["x" * random.choice((10, 5_000_000))])),
    }  # fmt: skip
    for _ in range(random.choice((1, 2))):
        spoilt[random.choice(list(spoilt))] = odd[random.choice(list(odd))]()
    names = list(spoilt)
    if random.random() < 0.1:
        names[0] = names[-1]
    table = pa.Table.from_arrays(list(spoilt.values()), names=names)
    if random.random() < 0.15:
        table = table.replace_schema_metadata({b"pandas": random.choice((b"{", b"[]", b'{"index_columns": [1e9], "columns": []}', b'{"index_columns": ["__x"], "columns": [{}]}', b'{"index_columns": [{"kind":"range","start":0,"stop":99999999999,"step":0}], "columns": [], "column_indexes": [null]}'))})  # fmt: skip
    out = io.BytesIO()
    pq.write_table(table, out, compression=random.choice(("snappy", "zstd", "gzip", "none")))
    return out.getvalue()


@cache
def arrow_bomb(rows: int) -> bytes:
    """A few hundred bytes that unpack to as many rows of a hundred thousand letters each."""
    word = pa.DictionaryArray.from_arrays(pa.array(np.zeros(rows, dtype="int32")), pa.array(["x" * 100_000]))
    named = dict.fromkeys(
        ("id", "lon", "lat", "opened", "category", "code", "name", "homes", "parent", "unit"), word
    )
    out = io.BytesIO()
    pq.write_table(pa.table(named), out, compression="zstd")
    return out.getvalue()


# --- databases ------------------------------------------------------------------------------------------------------

STATEMENTS = (
    "UPDATE g SET geom = x''", "UPDATE g SET geom = x'4750'", "UPDATE g SET geom = randomblob(200)", "UPDATE g SET geom = NULL",
    "UPDATE g SET geom = zeroblob(5000000)", "UPDATE g SET geom = substr(geom, 1, 60)", "UPDATE g SET geom = CAST('text' AS TEXT)",
    "UPDATE gpkg_geometry_columns SET srs_id = 99999", "UPDATE gpkg_spatial_ref_sys SET definition = 'x'", "DELETE FROM gpkg_contents",
    "UPDATE gpkg_spatial_ref_sys SET definition = replace(hex(zeroblob(2000)), '0', 'PROJCS[')", "DELETE FROM gpkg_spatial_ref_sys",
    "UPDATE g SET code = zeroblob(100)", "UPDATE g SET code = 1e300", "UPDATE g SET name = char(0) || 'x'", "UPDATE g SET homes = -5",
    "UPDATE g SET homes = 'many'", "UPDATE g SET code = '01'", "DROP TABLE gpkg_geometry_columns", "DELETE FROM g", "DROP TABLE g",
    "UPDATE gpkg_geometry_columns SET geometry_type_name = 'NOTHING'", "UPDATE gpkg_geometry_columns SET column_name = 'nowhere'",
    "ALTER TABLE g RENAME TO h; CREATE VIEW g AS WITH RECURSIVE n(fid) AS (SELECT 1 UNION ALL SELECT fid + 1 FROM n) "
    "SELECT n.fid AS fid, h.geom AS geom, h.code AS code, h.name AS name, h.homes AS homes, h.parent AS parent FROM n, h",
    "ALTER TABLE g RENAME TO h; CREATE VIEW g AS WITH RECURSIVE n(fid) AS (SELECT 1 UNION ALL SELECT fid + 1 FROM n) "
    "SELECT max(fid) AS fid, NULL AS geom, '1' AS code, '1' AS name, 1 AS homes, '' AS parent FROM n",
    "CREATE TRIGGER t AFTER INSERT ON g BEGIN SELECT 1; END", "UPDATE gpkg_contents SET table_name = 'sqlite_master'",
    "UPDATE gpkg_contents SET min_x = 'NaN', max_x = 1e400", "PRAGMA user_version = 1", "PRAGMA application_id = 1",
    "ALTER TABLE g ADD COLUMN \"CODE \" TEXT", "CREATE TABLE gpkg_extensions (x)", "INSERT INTO gpkg_contents SELECT 'none', data_type, 'none', description, last_change, min_x, min_y, max_x, max_y, srs_id FROM gpkg_contents",
)  # fmt: skip


def _package(random: Random, content: bytes) -> bytes:
    """A GeoPackage that somebody wrote into."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "g.gpkg"
        path.write_bytes(content)
        with sqlite3.connect(path) as connection:
            for name in [
                n for (n,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            ]:
                connection.execute(f'DROP TRIGGER "{name}"')
            for _ in range(random.choice((1, 1, 2))):
                try:
                    connection.executescript(random.choice(STATEMENTS))
                except sqlite3.Error:
                    continue
        connection.close()
        return path.read_bytes()


def _geo_parquet(random: Random, content: bytes) -> bytes:
    """GeoParquet whose description lies about it."""
    table = pq.read_table(io.BytesIO(content))
    meta = dict(table.schema.metadata or {})
    geo = json.dumps(json.loads(meta.get(b"geo", b"{}"))).encode()
    meta[b"geo"] = random.choice((_json_node, _json_node, _bits, _torn))(random, geo)
    if random.random() < 0.3:
        wkb = random.choice(
            (
                b"",
                b"\x01",
                b"\x01\x03\x00\x00\x00\xff\xff\xff\x7f",
                b"\x01\x07\x00\x00\x00\x01\x00\x00\x00" * 10_000,
                random.randbytes(60),
            )
        )
        at = table.schema.get_field_index("geometry")
        table = table.set_column(at, "geometry", pa.array([wkb] * len(table)))
    out = io.BytesIO()
    pq.write_table(table.replace_schema_metadata(meta), out)
    return out.getvalue()


# --- pictures -------------------------------------------------------------------------------------------------------


@cache
def picture_bomb(kind: str, side: int) -> bytes:
    """A picture of many pixels in few bytes."""
    out = io.BytesIO()
    Image.new("1" if kind == "PNG" else "L", (side, side)).save(
        out, kind, **({"progressive": True} if kind == "JPEG" else {})
    )
    return out.getvalue()


def _picture_size(random: Random, content: bytes) -> bytes:
    """A picture whose head names another size."""
    spoilt, size = bytearray(content), random.choice((0, 1, 0xFFFF, 0x7FFF, 0x1000))
    if content[:4] == b"\x89PNG":
        spoilt[16:24] = struct.pack(">II", size * random.choice((1, 65_536)) & 0x7FFFFFFF, size)
    elif content[:2] == b"\xff\xd8":
        at = max(content.find(b"\xff\xc0"), content.find(b"\xff\xc2"))
        spoilt[at + 5 : at + 9] = struct.pack(">HH", size, size)
    else:
        spoilt[26:30] = struct.pack("<HH", size & 0x3FFF, 0x3FFF)
    return bytes(spoilt)


# --- drawing --------------------------------------------------------------------------------------------------------


def hostile_file(number: int, reader: str | None = None) -> HostileFile:
    """The file with this number, for one reader or any."""
    random = Random(number)
    reader = reader or random.choice(list(good_files()))
    name = random.choice(list(good_files()[reader]))
    how, content = _spoilt(random, reader, name, good_files()[reader][name])
    if random.random() < 0.03:
        name = random.choice(list(good_files()[random.choice(list(good_files()))]))
        how += ", under another name"
    return HostileFile(reader, name, content, how)


def _spoilt(random: Random, reader: str, name: str, content: bytes) -> tuple[str, bytes]:
    ways: dict[str, Spoiling] = dict(ANY)
    kind = name.rpartition(".")[2]
    if kind == "geojson":
        ways |= {
            "node": _json_node,
            "nodes": _json_node,
            "more nodes": _json_node,
            "nested": _json_deep,
            "many": _json_many,
        }
    if kind == "kml":
        ways |= XML
    if kind in ("zip", "xlsx", "docx"):
        ways |= {"trick": _zip_trick, "member": _zip_member, "another member": _zip_member}
    if kind == "gpkg":
        ways |= {"statement": _package, "another statement": _package}
    if kind == "parquet" and reader == "boundaries":
        ways |= {
            "description": _geo_parquet,
            "another description": _geo_parquet,
            "bomb": lambda r, c: arrow_bomb(100_000),
        }
    if reader in FRAMES:
        frame = FRAMES[reader]
        if kind == "csv":
            code = {"gbk.csv": "gbk", "wide.csv": "utf-16", "bom.csv": "utf-8-sig"}.get(name, "utf-8")
            ways |= dict.fromkeys(
                ("cells", "more cells", "other cells", "cells again"),
                lambda r, c: _table_text(r, frame, code),
            )
        elif kind == "xlsx":
            ways |= dict.fromkeys(("sheet", "another sheet", "a sheet"), lambda r, c: _sheet(r, frame))
        elif kind == "parquet":
            ways |= dict.fromkeys(("types", "other types"), lambda r, c: _arrow(r, frame)) | {
                "bomb": lambda r, c: arrow_bomb(100_000)
            }
    if reader == "photo":
        ways |= {
            "size": _picture_size,
            "bomb": lambda r, c: picture_bomb(r.choice(("PNG", "JPEG", "WEBP")), r.choice((4_000, 12_000))),
        }
    if kind == "toml":
        ways |= {"token": _tokens, "other tokens": _tokens, "nested": lambda r, c: c + b"\nx = " + b"[" * 5_000, "deep": lambda r, c: c + b"\n" + b"a." * 5_000 + b"b = 1"}  # fmt: skip
    how = random.choice(list(ways))
    return how, ways[how](random, content)

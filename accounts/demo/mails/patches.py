"""A patch series on a mailing list, with its review; all of it came through the list."""

from __future__ import annotations

from dataclasses import replace

from accounts.demo.mails.people import ANA, FAROL_LIST, JUERGEN, MARIA, PRIYA
from accounts.demo.mails.sample import Sample

_COVER = Sample(
    "patch-0",
    PRIYA,
    "4d 14:02",
    "[PATCH v2 0/3] tide: interpolate between stations",
    """\
Between two tide stations Farol shows the nearer one, which makes the tide
jump by up to 40 cm when a ship crosses an invisible line. This series
interpolates instead, weighted by distance along the coast.

Changes since v1:
  - weights are computed once per chart, not once per pixel (Jürgen)
  - a station that is on the other side of a headland does not count

Priya Raman (3):
  tide: keep stations in a k-d tree
  tide: weigh stations by distance along the coast
  chart: draw interpolated tides

 farol/chart.py       | 14 +++++++-------
 farol/tide.py        | 71 ++++++++++++++++++++++++++++++++++++++++++++++++++++-----
 tests/test_tide.py   | 38 ++++++++++++++++++++++++++++++++
 3 files changed, 111 insertions(+), 12 deletions(-)

--\x20
2.45.1
""",
)
_SERIES = (
    _COVER,
    Sample(
        "patch-1",
        PRIYA,
        "4d 14:03",
        "[PATCH v2 1/3] tide: keep stations in a k-d tree",
        """\
Finding the nearest station looks at all 1,340 of them for each pixel.
A k-d tree makes that about eleven.

Signed-off-by: Priya Raman <priya@raman.example>
---
 farol/tide.py | 23 ++++++++++++++++++-----
 1 file changed, 18 insertions(+), 5 deletions(-)

diff --git a/farol/tide.py b/farol/tide.py
index 3a1c9f0..b84d7e2 100644
--- a/farol/tide.py
+++ b/farol/tide.py
@@ -41,11 +41,24 @@ class Stations:
     def __init__(self, stations: Sequence[Station]) -> None:
         self.stations = stations
+        self._tree = _tree(list(stations), axis=0)
\x20
-    def nearest(self, place: Place) -> Station:
-        return min(self.stations, key=lambda s: distance(s.place, place))
+    def nearest(self, place: Place, count: int = 1) -> list[Station]:
+        \"\"\"The stations nearest to a place, nearest first.\"\"\"
+        found: list[tuple[float, Station]] = []
+        _search(self._tree, place, count, found)
+        return [station for _, station in found]
+
+
+def _tree(stations: list[Station], axis: int) -> Node | None:
+    if not stations:
+        return None
+    stations.sort(key=lambda s: s.place[axis])
+    middle = len(stations) // 2
+    return Node(stations[middle], _tree(stations[:middle], 1 - axis),
+                _tree(stations[middle + 1:], 1 - axis), axis)
\x20
\x20
 def distance(a: Place, b: Place) -> float:
--\x20
2.45.1
""",
        answers="patch-0",
    ),
    Sample(
        "patch-2",
        PRIYA,
        "4d 14:04",
        "[PATCH v2 2/3] tide: weigh stations by distance along the coast",
        """\
The height between two stations is the mean of both, weighted by the inverse
of the distance *along the coast*: the tide does not jump over headlands.

Signed-off-by: Priya Raman <priya@raman.example>
---
 farol/tide.py      | 48 ++++++++++++++++++++++++++++++++++++++++++++++++
 tests/test_tide.py | 38 ++++++++++++++++++++++++++++++++++++++
 2 files changed, 86 insertions(+)

diff --git a/farol/tide.py b/farol/tide.py
index b84d7e2..1f6690c 100644
--- a/farol/tide.py
+++ b/farol/tide.py
@@ -88,3 +88,18 @@ def distance(a: Place, b: Place) -> float:
+def height(stations: Stations, coast: Coast, place: Place, when: datetime) -> float:
+    \"\"\"The tide at a place, in metres above chart datum.\"\"\"
+    near = stations.nearest(place, count=4)
+    weights = {}
+    for station in near:
+        along = coast.distance(station.place, place)
+        if along is None:        # behind a headland
+            continue
+        if along == 0:
+            return station.height(when)
+        weights[station] = 1 / along
+    total = sum(weights.values())
+    return sum(w * s.height(when) for s, w in weights.items()) / total
--\x20
2.45.1
""",
        answers="patch-0",
    ),
    Sample(
        "patch-3",
        PRIYA,
        "4d 14:05",
        "[PATCH v2 3/3] chart: draw interpolated tides",
        """\
Signed-off-by: Priya Raman <priya@raman.example>
---
 farol/chart.py | 14 +++++++-------
 1 file changed, 7 insertions(+), 7 deletions(-)

diff --git a/farol/chart.py b/farol/chart.py
index 90ab3d1..77c02fe 100644
--- a/farol/chart.py
+++ b/farol/chart.py
@@ -210,9 +210,9 @@ class Chart:
         for row in range(self.rows):
             for column in range(self.columns):
                 place = self.place(row, column)
-                station = self.stations.nearest(place)
-                level = station.height(self.when)
+                level = height(self.stations, self.coast, place, self.when)
                 self.paint(row, column, self.palette.water(level))
--\x20
2.45.1
""",
        answers="patch-0",
    ),
    Sample(
        "patch-2-ana",
        ANA,
        "3d 10:26",
        "Re: [PATCH v2 2/3] tide: weigh stations by distance along the coast",
        """\
On [[-1 %a, %d %b]], Priya Raman wrote:
> +    total = sum(weights.values())
> +    return sum(w * s.height(when) for s, w in weights.items()) / total

If all four stations are behind headlands (inner fjords, I am looking at you),
`weights` is empty and this divides by zero. Fall back to the nearest one?

Apart from that: Reviewed-by: Ana Sousa <ana.sousa@farol.example>

This is lovely work, by the way. I watched the Tejo fill up for ten minutes
instead of fixing bugs.
""",
        answers="patch-2",
    ),
    Sample(
        "patch-2-juergen",
        JUERGEN,
        "3d 12:15",
        "Re: [PATCH v2 2/3] tide: weigh stations by distance along the coast",
        """\
On [[+0 %a, %d %b]], Ana Sousa wrote:
> On [[-1 %a, %d %b]], Priya Raman wrote:
> > +    total = sum(weights.values())
> > +    return sum(w * s.height(when) for s, w in weights.items()) / total
>
> If all four stations are behind headlands (inner fjords, I am looking at you),
> `weights` is empty and this divides by zero. Fall back to the nearest one?

Better: say that we do not know. A wrong depth is worse than no depth.
In the Eider you would show the tide of the open sea behind a closed barrage.

Tested-by: Jürgen Groß <juergen.gross@werft.example>
""",
        answers="patch-2-ana",
    ),
    Sample(
        "patch-2-priya",
        PRIYA,
        "2d 04:50",
        "Re: [PATCH v2 2/3] tide: weigh stations by distance along the coast",
        """\
On [[-1 %a, %d %b]], Jürgen Groß wrote:
> Better: say that we do not know. A wrong depth is worse than no depth.

Agreed. v3 returns None there and the chart leaves the water white, with a
test for the Eider. Maria, do you mind if I add a string "no tide data" to the
translations this late?

Priya
""",
        answers="patch-2-juergen",
    ),
    Sample(
        "patch-2-maria",
        MARIA,
        "2d 09:20",
        "Re: [PATCH v2 2/3] tide: weigh stations by distance along the coast",
        """\
On [[+0 %a, %d %b]], Priya Raman wrote:
> Maria, do you mind if I add a string "no tide data" to the translations
> this late?

Not at all. "sem dados de maré", if you want to save me a commit. :-)

Maria
""",
        answers="patch-2-priya",
        flags="seen",
    ),
)


def _through_list(sample: Sample) -> Sample:
    return replace(
        sample,
        to=(FAROL_LIST,),
        cc=() if sample.who == MARIA else (MARIA,) if sample.answers.startswith("patch-2-") else (),
        folder="Lists/farol-devel",
        through=FAROL_LIST,
        flags=sample.flags or ("seen" if sample.key in ("patch-0", "patch-1", "patch-2-ana") else ""),
    )


PATCHES = tuple(_through_list(sample) for sample in _SERIES)

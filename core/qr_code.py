"""QR codes (ISO/IEC 18004) of short texts: byte mode, the lowest error correction, for a terminal in half blocks."""

from __future__ import annotations

from collections.abc import Iterator

_CHECK_BYTES = (
    7, 10, 15, 20, 26, 18, 20, 24, 30, 18, 20, 24, 26, 30, 22, 24, 28, 30, 28, 28, 28, 28, 30, 30, 26, 28, 30, 30, 30, 30,
    30, 30, 30, 30, 30, 30, 30, 30, 30, 30,
)  # fmt: skip
"""Bytes of error correction of each block, by version from 1, at level L."""
_BLOCKS = (
    1, 1, 1, 1, 1, 2, 2, 2, 2, 4, 4, 4, 4, 4, 6, 6, 6, 6, 7, 8, 8, 9, 9, 10, 12, 12, 12, 13, 14, 15, 16, 17, 18, 19, 19, 20,
    21, 22, 24, 25,
)  # fmt: skip
QUIET = 2
"""Light modules around the code; the norm wants four, readers are content with two."""

Matrix = list[list[bool]]


def qr_code(text: str) -> Matrix | None:
    """The modules of the code, dark ones True; None for a text that is too long (2,953 bytes)."""
    data = text.encode()
    version = next((one for one in range(1, 41) if len(data) <= _room(one)), None)
    if version is None:
        return None
    drawing = _Drawing(version)
    drawing.fill(_with_checks(_packed(data, version), version))
    return min((drawing.masked(mask) for mask in range(8)), key=_penalty)


def half_blocks(matrix: Matrix) -> list[str]:
    """Lines of text that show the code, light on dark as most terminals are: two rows of modules in one of cells."""
    size = len(matrix) + 2 * QUIET

    def light(row: int, column: int) -> bool:
        y, x = row - QUIET, column - QUIET
        return not (0 <= y < len(matrix) and 0 <= x < len(matrix) and matrix[y][x])

    signs = {(True, True): "█", (True, False): "▀", (False, True): "▄", (False, False): " "}
    return [
        "".join(signs[light(row, column), row + 1 >= size or light(row + 1, column)] for column in range(size))
        for row in range(0, size, 2)
    ]


def _modules(version: int) -> int:
    """Modules for data and checks together."""
    count = (16 * version + 128) * version + 64
    if version >= 2:
        marks = version // 7 + 2
        count -= (25 * marks - 10) * marks - 55
        if version >= 7:
            count -= 36
    return count


def _data_bytes(version: int) -> int:
    return _modules(version) // 8 - _CHECK_BYTES[version - 1] * _BLOCKS[version - 1]


def _room(version: int) -> int:
    """Bytes of text that fit."""
    return _data_bytes(version) - (2 if version < 10 else 3)


def _packed(data: bytes, version: int) -> bytes:
    """Mode, length, text, end, and filling."""
    width = 8 if version < 10 else 16
    bits = f"0100{len(data):0{width}b}" + "".join(f"{byte:08b}" for byte in data)
    most = _data_bytes(version) * 8
    bits += "0" * min(4, most - len(bits))
    bits += "0" * (-len(bits) % 8)
    found = bytearray(int(bits[at : at + 8], 2) for at in range(0, len(bits), 8))
    while len(found) < most // 8:
        found.append(0x11 if found[-1] == 0xEC and len(found) * 8 > len(bits) else 0xEC)
    return bytes(found)


def _with_checks(data: bytes, version: int) -> bytes:
    """The data in blocks with their checks, woven together."""
    blocks, checks = _BLOCKS[version - 1], _CHECK_BYTES[version - 1]
    whole = _modules(version) // 8
    short = whole // blocks - checks
    shorts = blocks - whole % blocks
    divisor = _divisor(checks)
    parts, ends, at = [], [], 0
    for number in range(blocks):
        part = data[at : at + short + (number >= shorts)]
        at += len(part)
        parts.append(part)
        ends.append(_remainder(part, divisor))
    longest = max(map(len, parts))
    woven = [part[n] for n in range(longest) for part in parts if n < len(part)]
    return bytes(woven + [end[n] for n in range(checks) for end in ends])


def _product(x: int, y: int) -> int:
    """In GF(2^8) modulo 0x11D."""
    z = 0
    for i in range(7, -1, -1):
        z = (z << 1) ^ ((z >> 7) * 0x11D)
        z ^= ((y >> i) & 1) * x
    return z


def _divisor(degree: int) -> list[int]:
    found = [0] * (degree - 1) + [1]
    root = 1
    for _ in range(degree):
        for n in range(degree):
            found[n] = _product(found[n], root) ^ (found[n + 1] if n + 1 < degree else 0)
        root = _product(root, 2)
    return found


def _remainder(data: bytes, divisor: list[int]) -> bytes:
    found = [0] * len(divisor)
    for byte in data:
        factor = byte ^ found.pop(0)
        found.append(0)
        found = [one ^ _product(part, factor) for one, part in zip(found, divisor, strict=True)]
    return bytes(found)


class _Drawing:
    """The fixed patterns of a version, and the data in between."""

    def __init__(self, version: int) -> None:
        self.version = version
        self.size = version * 4 + 17
        self.dark: Matrix = [[False] * self.size for _ in range(self.size)]
        self.fixed: Matrix = [[False] * self.size for _ in range(self.size)]
        for n in range(self.size):
            self._set(6, n, n % 2 == 0)
            self._set(n, 6, n % 2 == 0)
        for x, y in ((3, 3), (self.size - 4, 3), (3, self.size - 4)):
            self._finder(x, y)
        self._alignments()
        self._format(self.dark, 0)
        self._version()

    def fill(self, data: bytes) -> None:
        """Write the bits in their zigzag."""
        bits = ((byte >> n) & 1 for byte in data for n in range(7, -1, -1))
        for x, y in self._zigzag():
            self.dark[y][x] = bool(next(bits, 0))

    def masked(self, mask: int) -> Matrix:
        """A copy with a mask laid over the data, and the mark of it."""
        found = [list(row) for row in self.dark]
        for x, y in self._zigzag():
            found[y][x] ^= _MASKS[mask](x, y)
        self._format(found, mask)
        return found

    def _set(self, x: int, y: int, dark: bool) -> None:
        self.dark[y][x] = dark
        self.fixed[y][x] = True

    def _finder(self, x: int, y: int) -> None:
        for dy in range(-4, 5):
            for dx in range(-4, 5):
                if 0 <= x + dx < self.size and 0 <= y + dy < self.size:
                    self._set(x + dx, y + dy, max(abs(dx), abs(dy)) not in (2, 4))

    def _alignments(self) -> None:
        if self.version == 1:
            return
        count = self.version // 7 + 2
        step = (self.version * 8 + count * 3 + 5) // (count * 4 - 4) * 2
        places = [6, *sorted(self.size - 7 - n * step for n in range(count - 1))]
        last = len(places) - 1
        for i, x in enumerate(places):
            for j, y in enumerate(places):
                if (i, j) in ((0, 0), (0, last), (last, 0)):
                    continue
                for dy in range(-2, 3):
                    for dx in range(-2, 3):
                        self._set(x + dx, y + dy, max(abs(dx), abs(dy)) != 1)

    def _format(self, matrix: Matrix, mask: int) -> None:
        data = 1 << 3 | mask  # level L
        rest = data
        for _ in range(10):
            rest = (rest << 1) ^ ((rest >> 9) * 0x537)
        bits = (data << 10 | rest) ^ 0x5412
        for n in range(15):
            dark = bool(bits >> n & 1)
            first = (8, n) if n < 6 else (8, n + 1) if n < 8 else (7, 8) if n == 8 else (14 - n, 8)
            second = (self.size - 1 - n, 8) if n < 8 else (8, self.size - 15 + n)
            for x, y in (first, second):
                matrix[y][x] = dark
                self.fixed[y][x] = True
        matrix[self.size - 8][8] = True
        self.fixed[self.size - 8][8] = True

    def _version(self) -> None:
        if self.version < 7:
            return
        rest = self.version
        for _ in range(12):
            rest = (rest << 1) ^ ((rest >> 11) * 0x1F25)
        bits = self.version << 12 | rest
        for n in range(18):
            x, y = self.size - 11 + n % 3, n // 3
            self._set(x, y, bool(bits >> n & 1))
            self._set(y, x, bool(bits >> n & 1))

    def _zigzag(self) -> Iterator[tuple[int, int]]:
        for right in range(self.size - 1, 0, -2):
            right = right - 1 if right <= 6 else right
            for vertical in range(self.size):
                upward = (right + 1) & 2 == 0
                y = self.size - 1 - vertical if upward else vertical
                for x in (right, right - 1):
                    if not self.fixed[y][x]:
                        yield x, y


_MASKS = (
    lambda x, y: (x + y) % 2 == 0,
    lambda x, y: y % 2 == 0,
    lambda x, y: x % 3 == 0,
    lambda x, y: (x + y) % 3 == 0,
    lambda x, y: (x // 3 + y // 2) % 2 == 0,
    lambda x, y: x * y % 2 + x * y % 3 == 0,
    lambda x, y: (x * y % 2 + x * y % 3) % 2 == 0,
    lambda x, y: ((x + y) % 2 + x * y % 3) % 2 == 0,
)


def _penalty(matrix: Matrix) -> int:
    """How hard it is to read: runs, blocks, false finders, too much of one kind."""
    size = len(matrix)
    found = 0
    for rows in (matrix, [list(column) for column in zip(*matrix, strict=True)]):
        for row in rows:
            text = "".join("1" if one else "0" for one in row)
            run = 1
            for n in range(1, size + 1):
                if n < size and row[n] == row[n - 1]:
                    run += 1
                    continue
                found += run - 2 if run >= 5 else 0
                run = 1
            found += 40 * sum(text[n : n + 11] in ("10111010000", "00001011101") for n in range(size - 10))
    for y in range(size - 1):
        for x in range(size - 1):
            found += 3 * (matrix[y][x] == matrix[y][x + 1] == matrix[y + 1][x] == matrix[y + 1][x + 1])
    dark = sum(map(sum, matrix))
    return found + 10 * (abs(dark * 20 - size * size * 10) // (size * size))

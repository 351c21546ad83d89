"""The process behind `core.packers`: raw mails or headers in, parcels out (`core.side_process`)."""

from __future__ import annotations

import gc
import sys

import msgspec
import zstandard

from core import side_process
from core.parcel import Block, Packer, Parcel, pack_headers, pack_mails


class Order(msgspec.Struct, array_like=True):
    """Mails to be packed."""

    dictionary: int
    made: bytes | None
    """The dictionary, when it is not the one of the order before."""
    level: int
    largest: int
    mails: list[tuple[bytes, int | None]]
    """As `core.parcel.pack_mails` takes them, or `pack_headers`."""
    headers: bool = False


class Delivery(msgspec.Struct, array_like=True):
    """They are packed."""

    parcels: list[Parcel]
    """Without their blocks."""
    blocks: list[Block]
    of: list[int]
    """The block of each parcel; -1 where it has none."""

    def taken(self) -> list[Parcel]:
        """The parcels with their blocks."""
        for parcel, number in zip(self.parcels, self.of, strict=True):
            if number >= 0:
                parcel.block = self.blocks[number]
        return self.parcels


def deliver(parcels: list[Parcel]) -> Delivery:
    """Each block once, whoever is in it."""
    numbers: dict[int, int] = {}
    blocks: list[Block] = []
    of: list[int] = []
    for parcel in parcels:
        block, parcel.block = parcel.block, None
        if block is None:
            of.append(-1)
            continue
        if id(block) not in numbers:
            numbers[id(block)] = len(blocks)
            blocks.append(block)
        of.append(numbers[id(block)])
    return Delivery(parcels, blocks, of)


def main() -> None:
    """Serve until standard input ends."""
    side_process.guard()
    orders, encoder = msgspec.msgpack.Decoder(Order), msgspec.msgpack.Encoder()
    packer: Packer | None = None

    def answer(question: bytes) -> bytes:
        nonlocal packer
        order = orders.decode(question)
        if packer is None or order.made is not None:
            known = zstandard.ZstdCompressionDict(order.made) if order.made else None
            if known is not None:
                known.precompute_compress(level=order.level)
            compressor = zstandard.ZstdCompressor(level=order.level, dict_data=known)
            packer = Packer(order.dictionary, compressor, order.largest, order.made or b"", order.level)
        gc.disable()
        pack = pack_headers if order.headers else pack_mails
        said = encoder.encode(deliver(pack(order.mails, packer)))
        gc.enable()
        return said

    gc.freeze()
    side_process.serve(answer, sys.stdin.buffer, sys.stdout.buffer)


if __name__ == "__main__":
    main()

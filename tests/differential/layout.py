# SPDX-License-Identifier: Apache-2.0
"""The constants of driver/layout.h as Python names, and the translation tables of the test guest.

The arena is 16 data pages, then the tables.  What the data pages are for, by page number:

    1 2   ordinary pages side by side: operands that cross a page boundary
    3 13  holes: invalid in the page table (with DAT off: ordinary pages)
    5     read-only in the page table
    7     another storage key (5), fetch-protected;  9: the same without fetch protection
    11    key 9 (storage-protection override), fetch-protected
    14    also virtual address 0;  12: also the last page below 2**24 and below 2**31

Three address spaces: primary maps the arena to itself; secondary and home exchange some pages, so
that an access in the wrong space is seen.  Segment 6 is segment 4 again, read-only by its segment-
table entry; segment 7 has a segment-table entry of the wrong type.

References: [PoP 3 Dynamic Address Translation].
"""

import os
import re
import struct

HERE = os.path.dirname(os.path.abspath(__file__))


def _constants():
    values = {}
    with open(os.path.join(HERE, "driver", "layout.h"), encoding="ascii") as f:
        for line in f:
            m = re.match(r"#define (\w+) (0x[0-9a-f]+|\d+)\b", line)
            if m:
                values[m.group(1)] = int(m.group(2), 0)
    return values


globals().update(_constants())

PAGE = 4096
HOLES = (3, 13)
READ_ONLY = (5,)
TEST_KEY = 3
FOREIGN = {7: 0x58, 9: 0x50, 11: 0x98}   # arena page: storage key (with fetch-protection bit)
KEYS = bytes(FOREIGN.get(page, TEST_KEY << 4) for page in range(16))

PRIMARY, SECONDARY, HOME = "primary", "secondary", "home"
SPACES = (PRIMARY, SECONDARY, HOME)
_EXCHANGED = {
    PRIMARY: {},
    SECONDARY: {1: 8, 8: 1, 2: 10, 10: 2},
    HOME: {1: 12, 12: 1, 4: 6, 6: 4},
}

LOW_PAGE = 14         # arena page at virtual 0
END_PAGE = 12         # arena page at the end of the 24- and 31-bit address spaces
SEGMENT = 1 << 20
CODE_SEGMENT = CODE_BASE // SEGMENT       # noqa: F821 (from layout.h, here and below)
ARENA_SEGMENT = ARENA_BASE // SEGMENT
READ_ONLY_SEGMENT = 6
WRONG_SEGMENT = 7
INVALID_SEGMENT = 9

TABLES_BASE = ARENA_BASE + ARENA_DATA
_TABLE_AT = {PRIMARY: TABLES_BASE, SECONDARY: TABLES_BASE + 0x4000, HOME: TABLES_BASE + 0x5000}
_TABLE_LENGTH = {PRIMARY: 3, SECONDARY: 0, HOME: 0}
_PAGE_TABLES = TABLES_BASE + 0x6000

ASCE = {s: _TABLE_AT[s] | _TABLE_LENGTH[s] for s in SPACES}

PTE_INVALID = 0x400
PTE_PROTECT = 0x200
STE_INVALID = 0x20
STE_PROTECT = 0x200


def data_page(space, page):
    """The arena page that a page of the arena's segment is mapped to (space None: DAT off)."""
    return _EXCHANGED[space].get(page, page) if space else page


def real_address(space, address):
    """Real address of a virtual one, None if it is not mapped.  Protection does not matter here."""
    if space is None:
        return address if address < MEMORY_SIZE else None
    segment, page = address // SEGMENT, address % SEGMENT // PAGE
    if segment in (ARENA_SEGMENT, READ_ONLY_SEGMENT) and page < 16 and page not in HOLES:
        return ARENA_BASE + data_page(space, page) * PAGE + address % PAGE
    if segment == CODE_SEGMENT:
        return address
    if address < PAGE:
        return ARENA_BASE + LOW_PAGE * PAGE + address
    if address // PAGE == 0xfff or (address // PAGE == 0x7ffff and space == PRIMARY):
        return ARENA_BASE + END_PAGE * PAGE + address % PAGE
    return None


_MAPPED = (0, CODE_SEGMENT, ARENA_SEGMENT, 15, 2047)    # segments with page tables of their own


def page_table(space, segment):
    """Where a page table lies."""
    number = SPACES.index(space) * len(_MAPPED) + _MAPPED.index(segment)
    return _PAGE_TABLES + number * 0x800


def _page_table(entries):
    return struct.pack(">256Q", *[entries.get(i, PTE_INVALID) for i in range(256)])


def tables():
    """The tables' part of the arena."""
    out = bytearray(ARENA_SIZE - ARENA_DATA)

    def put(address, data):
        out[address - TABLES_BASE:address - TABLES_BASE + len(data)] = data

    for space in SPACES:
        entries = {}
        for segment in _MAPPED:
            if segment == 2047 and space != PRIMARY:
                continue
            pages = {}
            if segment == 0:
                pages[0] = ARENA_BASE + LOW_PAGE * PAGE
            elif segment == CODE_SEGMENT:
                for i in range(256):
                    pages[i] = CODE_BASE + i * PAGE | PTE_PROTECT
            elif segment == ARENA_SEGMENT:
                for i in range(16):
                    pages[i] = ARENA_BASE + data_page(space, i) * PAGE
                    if i in HOLES:
                        pages[i] |= PTE_INVALID
                    if i in READ_ONLY:
                        pages[i] |= PTE_PROTECT
            else:
                pages[255] = ARENA_BASE + END_PAGE * PAGE
            entries[segment] = page_table(space, segment)
            put(entries[segment], _page_table(pages))
        entries[READ_ONLY_SEGMENT] = entries[ARENA_SEGMENT] | STE_PROTECT
        entries[WRONG_SEGMENT] = entries[ARENA_SEGMENT] | 4
        count = 512 * (_TABLE_LENGTH[space] + 1)
        words = [entries.get(i, STE_INVALID) for i in range(count)]
        put(_TABLE_AT[space], struct.pack(">%dQ" % count, *words))
    return bytes(out)

# SPDX-License-Identifier: Apache-2.0
"""Models of control instructions (chapter 10) that the peer lacks or does wrong.

References: [PoP 10 Control Instructions].
"""

import layout as L
from builder import M64
from model import PRIVILEGED, SPECIAL, SPECIFICATION, Program, Unmodelled, models


def semiprivileged(m):
    """DAT must be on; problem state needs the extraction-authority control."""
    if m.space is None:
        raise Program(SPECIAL)
    extraction(m)


def extraction(m):
    if m.problem and not m.control(0, 36):
        raise Program(PRIVILEGED)


@models("EPAR", "ESAR")
def extract_asn(m):
    semiprivileged(m)
    m.set_low(m.v["r1"], m.case.cr[4 if m.name == "EPAR" else 3] & 0xffff)


@models("EPAIR", "ESAIR")
def extract_asn_instance(m):
    semiprivileged(m)
    m.gr[m.v["r1"]] = m.case.cr[4 if m.name == "EPAIR" else 3] & 0xffffffff0000ffff


@models("IAC")
def insert_space(m):
    semiprivileged(m)
    code = {"primary": 0, "secondary": 1, "home": 3}[m.space]
    m.gr[m.v["r1"]] = m.gr[m.v["r1"]] & ~0xff00 | code << 8
    m.cc = code


@models("IPK")
def insert_key(m):
    extraction(m)
    m.gr[2] = m.gr[2] & ~0xff | m.key << 4


@models("MVCK")
def move_with_key(m):
    r1, key = m.v["r13"] >> 4, m.gr[m.v["r13"] & 15] >> 4 & 15
    if not m.key_permitted(key):
        raise Program(PRIVILEGED)
    length = m.gr[r1] & (M64 if m.amode == 64 else 0xffffffff)
    n = min(length, 256)
    a1, a2 = m.address("1"), m.address("2")
    m.apart(a1, n, a2, n)
    m.put(a1, m.get(a2, n, key))
    m.cc = 3 if length > 256 else 0


@models("MVCSK", "MVCDK")
def move_with_source_key(m):
    key = m.gr[1] >> 4 & 15
    if not m.key_permitted(key):
        raise Program(PRIVILEGED)
    n = (m.gr[0] & 255) + 1
    a1, a2 = m.address("1"), m.address("2")
    m.apart(a1, n, a2, n)
    if m.name == "MVCSK":
        m.put(a1, m.get(a2, n, key))
    else:
        m.put(a1, m.get(a2, n), key)


@models("SAC")
def set_space(m):
    if m.space is None or not m.control(0, 37):
        raise Program(SPECIAL)
    code = m.address("2") >> 8 & 15
    if code > 3:
        raise Program(SPECIFICATION)
    if code == 3 and m.problem:
        raise Program(PRIVILEGED)
    bits = {0: 0, 1: 2, 2: 1, 3: 3}[code]
    m.psw_mask = m.psw_mask & ~(3 << 46) | bits << 46


@models("IVSK")
def insert_virtual_key(m):
    semiprivileged(m)
    at = L.real_address(m.space, m.wrap(m.gr[m.v["r2"]]))
    page = (at - L.ARENA_BASE) // L.PAGE if at is not None else -1
    if not 0 <= page < len(L.KEYS):
        raise Unmodelled
    m.gr[m.v["r1"]] = m.gr[m.v["r1"]] & ~0xff | L.KEYS[page] & 0xf8


@models("STRAG")
def store_real_address(m):
    """With DAT off the PSW's address-space control counts all the same."""
    if m.problem:
        raise Program(PRIVILEGED)
    if m.address("1") & 7:
        raise Program(SPECIFICATION)
    at = L.real_address(m.space or L.PRIMARY, m.address("2"))
    if at is None:
        raise Unmodelled
    m.put(m.address("1"), at.to_bytes(8, "big"))


@models("TAR")
def test_access(m):
    """Without access lists; what is not zero or reserved needs one."""
    alet = m.ar[m.v["r1"]]
    if alet > 1 and not alet >> 25:
        raise Unmodelled
    m.cc = 3 if alet else 0

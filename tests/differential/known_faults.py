# SPDX-License-Identifier: Apache-2.0
"""Known faults of the peer: where it is wrong, and the section of the Principles of Operation that
shows it.  A case that meets one is counted as skipped ("known fault of the peer"), so an entry is as
narrow as it can be.

The peer is QEMU 7.2 (Debian 12).  A newer one may have lost some of these faults; an entry that no
case meets any more costs nothing.

What would make the peer die or run for years is not generated at all (special.py says where).
"""

import compare

KNOWN = []


class Known:
    def __init__(self, names, text, section, when):
        self.names = names        # mnemonics, or None for all
        self.text = text
        self.section = section
        self.when = when          # (case, ours, theirs, diffs) -> true if this fault explains it


def known(names, section):
    """Enters a fault; the function's first line of documentation is the text."""
    def register(f):
        KNOWN.append(Known(frozenset(names.split()) if names else None,
                           f.__doc__.split("\n")[0], section, f))
        return f
    return register


def explanation(case, ours, theirs, diffs):
    """The Known that explains the differences, or None."""
    names = set(case.mnemonics)
    for k in KNOWN:
        if (k.names is None or k.names & names) and k.when(case, ours, theirs, diffs):
            return k
    return None


def kinds(diffs):
    return {d.kind for d in diffs}


ENDINGS = {"event", "psw-address", "ilc", "bea", "psw-mask", "svc-code"}


@known(None, "PoP 7 ADD: Program Exceptions, PoP 4 Program Mask")
def no_fixed_overflow(case, ours, theirs, diffs):
    """No fixed-point-overflow interruption, whatever the program mask."""
    return ours.program == 8 and theirs.program != 8 and (
        len(case.parts) > 1 or kinds(diffs) <= ENDINGS and ours.cc == 3)


@known(None, "PoP 6 Specification Exception: odd instruction address")
def odd_branch_target(case, ours, theirs, diffs):
    """Instructions are executed at odd addresses."""
    return ours.program == 6 and (ours.psw[1] - ours.ilc) & 1


@known(None, "PoP 3 Key-Controlled Protection")
def no_key_protection(case, ours, theirs, diffs):
    """Storage keys are not looked at by ordinary accesses."""
    return ours.program == 4 and case.psw[0] >> 52 & 15 and ours.word(0xa8, 8) & 0x8c == 8


RELATIVE = ("LRL LGRL LGFRL LHRL LGHRL LLGFRL LLHRL LLGHRL STRL STGRL STHRL CRL CGRL CGFRL CHRL "
            "CGHRL CLRL CLGRL CLGFRL CLHRL CLGHRL")


def space(case):
    """Address-space control of the PSW, None with DAT off: 0 primary, 2 secondary, 3 home."""
    return case.psw[0] >> 46 & 3 if case.psw[0] >> 58 & 1 else None


def amode(case):
    return {0: 24, 1: 31, 3: 64}.get(case.psw[0] >> 31 & 3)


def part(case, *names):
    """The instruction text of the first of these mnemonics."""
    for name, code in case.parts + ([case.target[:2]] if case.target else []):
        if name in names:
            return code
    return b""


@known(RELATIVE, "PoP 7 LOAD RELATIVE LONG: Special Conditions")
def relative_alignment(case, ours, theirs, diffs):
    """Relative operands need not be aligned."""
    return ours.program == 6


@known(RELATIVE, "PoP 7 LOAD RELATIVE LONG, Programming Note: same space as the instruction")
def relative_space(case, ours, theirs, diffs):
    """In secondary-space mode relative operands are taken from the secondary space."""
    return space(case) == 2


@known("LARL EXRL " + RELATIVE, "PoP 5 Relative Address: the number of halfwords is signed, 32 bits")
def far_relative(case, ours, theirs, diffs):
    """Twice the 32-bit distance is cut to 32 bits."""
    code = part(case, "LARL", "EXRL", *RELATIVE.split())
    distance = int.from_bytes(code[2:6], "big", signed=True)
    return abs(distance) >= 1 << 30


@known("LA LAY LAE LAEY LARL", "PoP 7 LOAD ADDRESS: bits 0-31 remain unchanged, bit 32 is zero")
def load_address_high(case, ours, theirs, diffs):
    """In the 24- and 31-bit modes the result replaces the whole register, and is not wrapped."""
    mask = {24: 0xffffff, 31: 0x7fffffff, 64: 0}[amode(case)]
    return mask and (len(case.parts) > 1 or all(
        d.kind == "ar" or d.kind == "gr" and not (d.a ^ d.b) & mask for d in diffs))


@known("IDTE IPTE", "PoP 5 Sequence of Storage References: serialization discards what was fetched")
def prefetched(case, ours, theirs, diffs):
    """The instruction behind one that invalidates its own page is still executed."""
    return ours.program in (0x10, 0x11) and theirs.program is None and \
        ours.word(0xa8, 8) & ~0xfff == ours.psw[1] & ~0xfff


@known("LAM LAMY", "PoP 5 Types of Instruction Ending: nullification")
def partial_load(case, ours, theirs, diffs):
    """Registers are loaded before it is known that the whole operand can be fetched."""
    return ours.program is not None and kinds(diffs) == {"ar"}


@known("LAE LAEY", "PoP 7 LOAD ADDRESS EXTENDED: table of access-register contents")
def load_address_extended(case, ours, theirs, diffs):
    """In secondary-space mode the access register is set as in access-register mode."""
    return space(case) == 2


@known("CLST", "PoP 7 COMPARE LOGICAL STRING: bits 32-55 of general register 0")
def clst_reserved(case, ours, theirs, diffs):
    """Bits 32-55 of register 0 need not be zero."""
    return ours.program == 6 and case.gr[0] & 0xffffff00


@known("CLST SRST SRSTU MVST", "PoP 5 Address Generation: bits 0-31 of registers")
def string_high(case, ours, theirs, diffs):
    """In the 24- and 31-bit modes the high word of the address registers is cleared."""
    return amode(case) != 64 and kinds(diffs) == {"gr"} and all(
        d.b >> 32 == 0 for d in diffs)


@known("IPTE", "PoP 10 INVALIDATE PAGE TABLE ENTRY: IPTE-range facility")
def ipte_range(case, ours, theirs, diffs):
    """The IPTE-range facility (13) is not there: R3 is ignored."""
    return part(case, "IPTE")[2] >> 4 and kinds(diffs) == {"storage"}


STORAGE = compare.STORAGE


@known(None, "PoP 5 Address Wraparound")
def no_wrap(case, ours, theirs, diffs):
    """In the 24- and 31-bit modes long operands run on behind the end of the address space."""
    bits = amode(case)
    return bits != 64 and theirs.program in compare.ACCESS and \
        theirs.word(0xa8, 8) >> 12 >= 1 << (bits - 12) and \
        ours.word(0xa8, 8) != theirs.word(0xa8, 8)


@known("TRE", "PoP 5 Address Generation")
def tre_address(case, ours, theirs, diffs):
    """In the 24- and 31-bit modes addresses in registers count in full."""
    return amode(case) != 64 and (theirs.program in STORAGE or kinds(diffs) == {"gr"} and all(
        d.b >> 32 == 0 for d in diffs))


@known("TROO TROT TRTO TRTT", "PoP 7 TRANSLATE ONE TO ONE: length zero")
def translate_nothing(case, ours, theirs, diffs):
    """A length of zero is taken for 2**64."""
    code = part(case, "TROO", "TROT", "TRTO", "TRTT")
    mask = compare.M64 if amode(case) == 64 else 0xffffffff
    return case.gr[(code[3] >> 4) + 1 & 15] & mask == 0


@known("TROO TROT TRTO TRTT", "PoP 7 TRANSLATE ONE TO ONE: R1 must be even")
def translate_odd(case, ours, theirs, diffs):
    """R1 need not be even."""
    return ours.program == 6 and part(case, "TROO", "TROT", "TRTO", "TRTT")[3] & 0x10


@known("CU12 CU14", "PoP 7 CONVERT UTF-8 TO UTF-16: Well-Formedness Checking")
def well_formed(case, ours, theirs, diffs):
    """With the well-formedness check U+0800 to U+0FFF are taken for ill-formed."""
    code = part(case, "CU12", "CU14")
    return code[2] & 0x10 and theirs.cc == 2 and any(0xe0 in data for _, data in case.patches)


@known("MVCLU CLCLU", "PoP 7 MOVE LONG UNICODE: Special Conditions")
def unicode_length(case, ours, theirs, diffs):
    """Lengths need not be even."""
    return ours.program == 6


@known("BALR BASR BCR BCTR BCTGR", "PoP 5 Address Generation: branch addresses")
def register_branch(case, ours, theirs, diffs):
    """In the 24- and 31-bit modes a branch address from a register counts in full."""
    return amode(case) != 64 and theirs.psw[1] >> amode(case)


@known("CDSG", "PoP 7 COMPARE DOUBLE AND SWAP: R3 must be even")
def cdsg_odd(case, ours, theirs, diffs):
    """R3 need not be even."""
    return ours.program == 6


@known("CSST", "PoP 7 COMPARE AND SWAP AND STORE: first-operand comparison value")
def csst_word(case, ours, theirs, diffs):
    """With function code 0 the word found goes to bits 0-31 of R3."""
    return ours.cc == 1 and case.gr[0] & 0xff == 0 and kinds(diffs) == {"gr"}


@known("EX", "PoP 7 EXECUTE: Special Conditions")
def execute_odd(case, ours, theirs, diffs):
    """The target's address need not be even."""
    return ours.program == 6

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
STORAGE = compare.STORAGE


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
    return ours.program == 4 and ours.word(0xa8, 8) & 0x8c == 8 and (
        case.psw[0] >> 52 & 15 or "other-key" in case.tags)


RELATIVE = ("LRL LGRL LGFRL LHRL LGHRL LLGFRL LLHRL LLGHRL STRL STGRL STHRL CRL CGRL CGFRL CHRL "
            "CGHRL CLRL CLGRL CLGFRL CLHRL CLGHRL")


def space(case):
    """Address-space control of the PSW, None with DAT off: 0 primary, 2 secondary, 3 home."""
    return case.psw[0] >> 46 & 3 if case.psw[0] >> 58 & 1 else None


def amode(case):
    """Addressing mode at the beginning; 24 where an instruction may set one that wraps."""
    if {"SAM24", "SAM31"} & set(case.mnemonics):
        return 24
    return {0: 24, 1: 31, 3: 64}.get(case.psw[0] >> 31 & 3)


def part(case, *names):
    """The instruction text of the first of these mnemonics."""
    for name, code in case.texts:
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
    names = ["LARL", "EXRL"] + RELATIVE.split()
    return any(abs(int.from_bytes(code[2:6], "big", signed=True)) >= 1 << 30
               for name, code in case.parts if name in names)


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


@known("LAM LAMY ICM ICMY ICMH", "PoP 5 Types of Instruction Ending: nullification")
def partial_load(case, ours, theirs, diffs):
    """Registers are loaded before it is known that the whole operand can be fetched."""
    return ours.program in STORAGE and kinds(diffs) <= {"ar", "gr"}


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
    return amode(case) != 64


@known("SRST SRSTU", "PoP 5 Address Wraparound")
def search_wrap(case, ours, theirs, diffs):
    """A search does not go round from the end of the 24- or 31-bit address space to zero."""
    mask = (1 << amode(case)) - 1
    code = part(case, "SRST", "SRSTU")[3]
    return amode(case) != 64 and case.gr[code >> 4] & mask < case.gr[code & 15] & mask


@known(" ".join(compare.UPDATES), "PoP 6 Priority of Access Exceptions: low-address protection")
def update_order(case, ours, theirs, diffs):
    """An operand that is updated is fetched before low-address protection is looked at."""
    return ours.program == 4 and theirs.program in STORAGE and ours.word(0xa8, 8) & 0x80


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
    """With function code 0 bits 0-31 of R3 are set."""
    return case.gr[0] & 0xff == 0 and kinds(diffs) == {"gr"}


@known("EX", "PoP 7 EXECUTE: Special Conditions")
def execute_odd(case, ours, theirs, diffs):
    """The target's address need not be even."""
    return ours.program == 6


@known("LPD LPDG", "PoP 6 Priority of Access Exceptions: specification comes before access")
def lpd_order(case, ours, theirs, diffs):
    """The first operand is fetched before the alignment of the second is looked at."""
    return ours.program == 6 and theirs.program in STORAGE


@known(None, "PoP 5 Types of Instruction Ending: nullification and suppression change nothing")
def partial_store(case, ours, theirs, diffs):
    """Storage is changed before it is known that the whole operand can be stored."""
    return ours.program in STORAGE and theirs.program in STORAGE and \
        kinds(diffs) <= {"storage", "storage-dropped"} and all(d.a is None for d in diffs
                                                               if d.kind == "storage")


@known("PKA PKU", "PoP 7 PACK ASCII")
def pack_leftmost(case, ours, theirs, diffs):
    """The leftmost digit is lost."""
    return kinds(diffs) == {"storage"}


@known("UNPK", "PoP 7 UNPACK")
def unpack_leftmost(case, ours, theirs, diffs):
    """The leftmost byte of the second operand is lost."""
    lengths = part(case, "UNPK")[1]
    return kinds(diffs) == {"storage"} and (case.target or lengths >> 4 >= 2 * (lengths & 15) - 1)


@known("STMH", "PoP 7 STORE MULTIPLE HIGH")
def stmh(case, ours, theirs, diffs):
    """The low halves are shifted away: zeros are stored."""
    return kinds(diffs) == {"storage"}


@known("EX EXRL", "PoP 5 Relative Address: of a target it counts from the target's address")
def execute_relative(case, ours, theirs, diffs):
    """A relative operand of the target counts from the execute instruction."""
    names = RELATIVE.split() + BRANCH_RELATIVE
    return case.target and case.target[0] in names


BRANCH_RELATIVE = (
    "BRC BRCL BRCT BRCTG BRCTH BRXH BRXLE BRXHG BRXLG BRAS BRASL LARL CRJ CGRJ CLRJ CLGRJ CIJ CGIJ "
    "CLIJ CLGIJ").split()


@known("LPSW LPSWE", "PoP 5 Breaking-Event Address: set by instructions that complete")
def lpsw_bea(case, ours, theirs, diffs):
    """LOAD PSW counts as breaking event even if it ends with an exception."""
    return kinds(diffs) == {"bea"}


@known("EPSW", "PoP 7 EXTRACT PSW")
def epsw_cc(case, ours, theirs, diffs):
    """The condition code of an instruction just before EXTRACT PSW is not seen."""
    return len(case.parts) > 1 and all(d.kind == "gr" and not (d.a ^ d.b) & ~0x3000 for d in diffs)


@known("UNPK", "PoP 7 UNPACK: two result bytes are obtained from a single fetch")
def unpack_twice(case, ours, theirs, diffs):
    """A byte of the second operand is fetched again after it has been changed."""
    code = part(case, "UNPK")
    first, second = operand(case, code, 2), operand(case, code, 4)
    # the same page offset is enough: in some spaces two pages are one
    return kinds(diffs) == {"storage"} and (first - second + 16) & 0xfff < 32


def operand(case, code, at):
    """Address of an operand with base and 12-bit displacement at byte `at`, registers as given."""
    base = code[at] >> 4
    return (case.gr[base] if base else 0) + ((code[at] & 15) << 8 | code[at + 1])


TRAPS_THAT_COMPLETE = frozenset((0x08, 0x0c, 0x10, 0x18, 0x1c, 0x20, 0x28, 0x2c))


@known(None, "PoP 9 IEEE Exceptions and Traps, PoP 6 Data-Exception Code")
def completing_traps(case, ours, theirs, diffs):
    """Overflow, underflow and inexact traps suppress the operation, and 0C, 1C, 2C, 20 are unknown."""
    return ours.program == 7 and ours.word(0x90, 4) in TRAPS_THAT_COMPLETE


TO_FIXED = ("CFEBR CFDBR CFXBR CGEBR CGDBR CGXBR CLFEBR CLFDBR CLFXBR CLGEBR CLGDBR CLGXBR")


@known(TO_FIXED, "PoP 19 CONVERT TO FIXED, table of results: PIi(80)")
def conversion_trap(case, ours, theirs, diffs):
    """An invalid-operation trap of a conversion has DXC 88, as if inexact were recognized too."""
    return ours.program == 7 and ours.word(0x90, 4) == 0x80 and theirs.word(0x90, 4) == 0x88


@known(TO_FIXED, "PoP 19 CONVERT TO FIXED, table of results: NaN")
def conversion_nan(case, ours, theirs, diffs):
    """Converting a NaN does not set the inexact flag."""
    stored = {"storage"} if "STFPC" in case.mnemonics else set()
    return kinds(diffs) - stored == {"fpc"} and all(
        d.a ^ d.b == 0x80000 and d.a & 0x800000 for d in diffs if d.kind == "fpc")


@known("LDXBR LEXBR", "PoP 19 LOAD ROUNDED: R1 and R2 must designate register pairs")
def rounded_pair(case, ours, theirs, diffs):
    """R1 need not be a valid register pair."""
    return ours.program == 6


@known("LTEBR LTDBR LTXBR", "PoP 19 LOAD AND TEST: signalling NaN")
def test_signalling(case, ours, theirs, diffs):
    """A signalling NaN is neither made quiet nor an invalid operation."""
    return ours.fpc & 0x800000 or ours.program == 7 or len(case.parts) > 1


@known("MDEB MDEBR MXDB MXDBR", "PoP 19 MULTIPLY: short to long, long to extended")
def widening_multiply(case, ours, theirs, diffs):
    """The first factor is taken from the register in the format of the product."""
    return ours.program != 6 and theirs.program != 6


@known("LXR", "PoP 9 Additional-Floating-Point-Register Control")
def lxr_afp(case, ours, theirs, diffs):
    """LOAD (extended) looks at registers before the additional-register control."""
    return ours.program == 7 and ours.word(0x90, 4) == 1


@known("LFPC SFPC LFAS SFASR", "PoP 9 Floating-Point-Control Register: DFP rounding mode")
def decimal_rounding(case, ours, theirs, diffs):
    """The DFP rounding mode can be set without the DFP facility."""
    return ours.program == 6 and theirs.fpc & 0x70


@known("MAEB MAEBR MADB MADBR MSEB MSEBR MSDB MSDBR",
       "PoP 19 MULTIPLY AND ADD, table of results: third, second, first operand")
def fused_nan(case, ours, theirs, diffs):
    """Of several NaNs the second operand's wins, even a quiet one over a signalling one."""
    return kinds(diffs) == {"fpr"} and len(case.parts) == 1


@known("LCTL LCTLG", "PoP 10 LOAD CONTROL; PoP 5 nullification")
def load_control(case, ours, theirs, diffs):
    """Registers are loaded while the rest of an operand that crosses a page is not yet fetched."""
    code = part(case, "LCTL", "LCTLG")
    last = operand_20(case, code) if code[0] == 0xeb else operand(case, code, 2)
    size = ((code[1] & 15) - (code[1] >> 4) & 15) * (8 if code[0] == 0xeb else 4)
    return case.target or (last & 0xfff) + size > 0xff8


def operand_20(case, code):
    """Address of an RSY operand: signed 20-bit displacement."""
    base = code[2] >> 4
    d = (code[2] & 15) << 8 | code[3] | code[4] << 12
    return (case.gr[base] if base else 0) + (d - (1 << 20) if d >> 19 else d)


@known("LPSW", "PoP 10 LOAD PSW: bit 12")
def lpsw_short(case, ours, theirs, diffs):
    """Bit 12 of the operand need not be one."""
    return ours.program == 6 and ours.ilc == 4


@known("LPSW LPSWE SSM STOSM", "PoP 6 Early Exception Recognition")
def psw_reserved(case, ours, theirs, diffs):
    """Reserved bits of the PSW need not be zero."""
    return ours.program == 6 and theirs.program != 6


@known("LRA LRAY LRAG STRAG", "PoP 10 LOAD REAL ADDRESS")
def load_real(case, ours, theirs, diffs):
    """With DAT off nothing is translated; codes 1 and 2 do not occur; bits 0-31 are not kept."""
    if space(case) is None or ours.program == 0x12 or ours.cc != theirs.cc:
        return True
    return all(d.kind == "gr" and not (d.a ^ d.b) & 0xffffffff for d in diffs)


@known("LURA LURAG STURA STURG", "PoP 10 LOAD USING REAL ADDRESS: specification")
def lura_alignment(case, ours, theirs, diffs):
    """The operand need not be aligned."""
    return ours.program == 6


@known("LPSW", "PoP 10 LOAD PSW: bit 12 is inverted")
def lpsw_bit_12(case, ours, theirs, diffs):
    """Bit 12 of the operand becomes bit 12 of the PSW."""
    return any(d.kind == "psw-mask" and (d.a ^ d.b) & d.b & 1 << 51 for d in diffs)


@known("MVCP MVCS", "PoP 10 MOVE TO PRIMARY: semiprivileged")
def privileged_moves(case, ours, theirs, diffs):
    """MOVE TO PRIMARY and MOVE TO SECONDARY are privileged."""
    return theirs.program == 2 and case.psw[0] >> 48 & 1


@known("MVCOS", "PoP 10 MOVE WITH OPTIONAL SPECIFICATIONS")
def mvcos_problem(case, ours, theirs, diffs):
    """Not for the problem state: an addressing exception, or the PSW key is looked up in the mask."""
    return theirs.program in (2, 5) and case.psw[0] >> 48 & 1


@known("MVPG", "PoP 10 MOVE PAGE: the PSW-key mask")
def mvpg_key(case, ours, theirs, diffs):
    """The PSW-key mask does not limit the keys in register 0."""
    return ours.program == 2 and case.psw[0] >> 48 & 1


@known("MVPG", "PoP 10 MOVE PAGE: condition-code-option indicator")
def mvpg_option(case, ours, theirs, diffs):
    """With the condition-code option more exceptions, or fewer, than page translation set a code.

    Whether DAT protection of the first operand gives condition code 1, as here, or a protection
    exception, as there, has not been settled on a machine."""
    return case.gr[0] & 0x100 and (ours.program in STORAGE and theirs.program is None or
                                   ours.cc == 1 and theirs.program == 4)


@known("SPKA", "PoP 10 SET PSW KEY FROM ADDRESS")
def spka_mask(case, ours, theirs, diffs):
    """A key that the PSW-key mask permits is refused."""
    return theirs.program == 2 and ours.program is None and case.psw[0] >> 48 & 1


@known("SSKE", "PoP 10 SET STORAGE KEY EXTENDED: conditional, multiple blocks")
def sske_options(case, ours, theirs, diffs):
    """Facilities 8 and 10 are not there: M3 is ignored."""
    return part(case, "SSKE")[2] >> 4


@known("SSM", "PoP 10 SET SYSTEM MASK: SSM-suppression control")
def ssm_suppression(case, ours, theirs, diffs):
    """Control register 0 bit 33 does not suppress SET SYSTEM MASK."""
    return ours.program == 0x13 and case.cr[0] & 0x40000000


@known("TB", "PoP 10 TEST BLOCK")
def test_block(case, ours, theirs, diffs):
    """Register 0 is not cleared."""
    return [d.field for d in diffs] == ["gr 0"] and diffs[0].a == 0


@known("TPROT", "PoP 10 TEST PROTECTION")
def test_protection(case, ours, theirs, diffs):
    """It is not privileged, and does not look at keys."""
    return ours.program == 2 or ours.cc in (1, 2) and theirs.cc < ours.cc


@known(None, "PoP 5 Breaking-Event Address: branches that are taken")
def branch_not_taken(case, ours, theirs, diffs):
    """A conditional branch counts as breaking event even if it is not taken."""
    at = case.psw[1]
    for _, code in case.parts:
        if kinds(diffs) == {"bea"} and theirs.bea == at:
            return True
        at += len(code)
    return False


@known("CEB CDB CXB CEBR CDBR CXBR KEB KDB KEBR KDBR KXBR",
       "PoP 19 COMPARE: a signalling NaN is an invalid operation")
def dead_compare(case, ours, theirs, diffs):
    """A comparison whose condition code is not used is not made: no flag, no trap."""
    return len(case.parts) > 1


@known("SACF", "PoP 10 SET ADDRESS SPACE CONTROL FAST: secondary-space control")
def sacf_secondary(case, ours, theirs, diffs):
    """Works without the secondary-space control."""
    return ours.program == 0x13 and not case.cr[0] & 0x04000000


@known("TROT", "PoP 7 TRANSLATE ONE TO TWO: the test character has two bytes")
def translate_test(case, ours, theirs, diffs):
    """The result is compared with one byte of the two-byte test character."""
    return case.gr[0] & 0xff00


@known("CKSM", "PoP 5 Address Wraparound")
def checksum_wrap(case, ours, theirs, diffs):
    """In the 24- and 31-bit modes the address that moves on is not wrapped."""
    return amode(case) != 64 and kinds(diffs) == {"gr"} and all(
        not (d.a ^ d.b) & ((1 << amode(case)) - 1) for d in diffs)


@known("CLC", "PoP 5 Types of Instruction Ending")
def compare_loses_cc(case, ours, theirs, diffs):
    """A comparison that ends with an access exception has lost the condition code before it."""
    return kinds(diffs) == {"cc"} and theirs.program in STORAGE

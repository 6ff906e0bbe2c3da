# SPDX-License-Identifier: Apache-2.0
"""Semantics of short instructions -> C for the interpreter.

The language is a closed subset of Python's syntax (read with `ast`), see isa/README.md:

  operands    r1 r2 r3 (64 bits), .w low word, .h high word, .b low byte, .hw low halfword,
              r1o (the register after r1), r3p (the odd register of r3's pair) and so on;
              gr0 gr1 …; cr3 … (control registers, read only), pp (program parameter, write
              only); f1 f2 f3 (64), .s short; ar1 ar2; R1 R2 R3 (register numbers);
              i2 m3 l1 … (fields); a1 a2 a4 (effective addresses); rel2 (address of a relative
              operand); pm, key
  storage     fetch8/16/32/64(address), store8/16/32/64(address, value)
              the access register is the base register of the address operand named in `address`,
              or given as last argument: fetch8(wrap(r2), R2); rel2 is in the space of instructions
              laop8/32/64(add|and_|or_|xor_, address, value): interlocked update, gives the old value
              cas32/64(address, expected, new): COMPARE AND SWAP, gives what was found
  values      u8 u16 u32 u64 s8 s16 s32 s64 (casts), arithmetic and comparison operators,
              "x if c else y", functions of VOCABULARY
  statements  target = value (r1.addr: an address result, r1.link: a return address), cc = value,
              pm = value, if cond: ..., branch(address), branch_rel(field), serialize(),
              trap(program-code name), data(DXC), overflow()

Binary floating point has operands and operations of its own: bfp.py.
"""

import ast
import copy

import bfp
from formats import FORMATS, NIBBLES

BITS = {"u8": 8, "u16": 16, "u32": 32, "u64": 64, "s8": 8, "s16": 16, "s32": 32, "s64": 64,
        "bool": 8, "u128": 128, "s128": 128}
C_TYPES = {"f128": "struct f128"}


class SemError(Exception):
    pass


# name: (argument types, result type, C function); "*" = same type as the first argument.
VOCABULARY = {
    "cc_s32": (["s32"], "u32", "cc_s32"), "cc_s64": (["s64"], "u32", "cc_s64"),
    "cc_nz": (["u64"], "u32", "cc_nz"),
    "cc_tm8": (["u32", "u32"], "u32", "cc_tm8"), "cc_tm16": (["u32", "u32"], "u32", "cc_tm16"),
    "rotl32": (["u32", "u32"], "u32", "rotl32"), "rotl64": (["u64", "u32"], "u64", "rotl64"),
    "bswap16": (["u16"], "u16", "__builtin_bswap16"),
    "bswap32": (["u32"], "u32", "__builtin_bswap32"),
    "bswap64": (["u64"], "u64", "__builtin_bswap64"),
    "clz64": (["u64"], "u32", "op_clz64"),
    "popcount_bytes": (["u64"], "u64", "op_popcount_bytes"),
    "popcount64": (["u64"], "u64", "op_popcount64"),
    "sla32": (["u32", "u32"], "u32", "op_sla32"), "cc_sla32": (["u32", "u32"], "u32", "op_cc_sla32"),
    "sla64": (["u64", "u32"], "u64", "op_sla64"), "cc_sla64": (["u64", "u32"], "u32", "op_cc_sla64"),
    "sar32": (["u32", "u32"], "u32", "op_sar32"), "sar64": (["u64", "u32"], "u64", "op_sar64"),
    "shl32": (["u32", "u32"], "u32", "op_shl32"), "shl64": (["u64", "u32"], "u64", "op_shl64"),
    "shr32": (["u32", "u32"], "u32", "op_shr32"), "shr64": (["u64", "u32"], "u64", "op_shr64"),
    "addc32": (["u32", "u32", "u32"], "u32", "op_addc32"),
    "cc_addc32": (["u32", "u32", "u32"], "u32", "op_cc_addc32"),
    "addc64": (["u64", "u64", "u32"], "u64", "op_addc64"),
    "cc_addc64": (["u64", "u64", "u32"], "u32", "op_cc_addc64"),
    "cc_subb32": (["u32", "u32", "u32"], "u32", "op_cc_subb32"),
    "cc_subb64": (["u64", "u64", "u32"], "u32", "op_cc_subb64"),
    "mulhu64": (["u64", "u64"], "u64", "op_mulhu64"),
    "mulhs64": (["s64", "s64"], "u64", "op_mulhs64"),
    "risbg": (["u64", "u64", "u32", "u32", "u32"], "u64", "op_risbg"),
    "rxsbg_mask": (["u32", "u32"], "u64", "op_bit_range"),
    "icm_mask": (["u32"], "u32", "op_icm_mask"),
    "risb32": (["u32", "u32", "u32", "u32"], "u32", "op_risb32"),
    "divs64": (["s64", "s64"], "u64", "op_divs64"), "divu64": (["u64", "u64"], "u64", "op_divu64"),
    "divu128": (["u64", "u64", "u64"], "u64", "op_divu128"),
    **bfp.VOCABULARY,
}

# Generic functions: by the type of the first argument.
GENERIC = {
    "cc_adds": {"u32": ("cc_add_s32", "u32"), "u64": ("cc_add_s64", "u64")},
    "cc_subs": {"u32": ("cc_sub_s32", "u32"), "u64": ("cc_sub_s64", "u64")},
    "cc_addl": {"u32": ("cc_add_u32", "u32"), "u64": ("cc_add_u64", "u64")},
    "cc_subl": {"u32": ("cc_sub_u32", "u32"), "u64": ("cc_sub_u64", "u64")},
    "cc_cmps": {"u32": ("cc_cmp_s32", "s32"), "u64": ("cc_cmp_s64", "s64")},
    "cc_cmpl": {"u32": ("cc_cmp_u32", "u32"), "u64": ("cc_cmp_u64", "u64")},
    "cc_sign": {"u32": ("cc_s32", "s32"), "u64": ("cc_s64", "s64")},
    "cc_muls": {"u32": ("op_cc_mul32", "s32"), "u64": ("op_cc_mul64", "s64")},
}

REG_FIELDS = {"r1", "r2", "r3"}


def int_c(v, t):
    if t in ("u64",):
        return "%#xULL" % (v & 0xffffffffffffffff) if v < 0 or v > 9 else "%dULL" % v
    if t == "u32":
        return "%#xu" % (v & 0xffffffff) if v < 0 or v > 9 else "%du" % v
    if t == "s64":
        return "%dLL" % v
    return str(v)


def parenthesized(text):
    """Is the whole of it inside one pair of parentheses (clang warns of two around ==)."""
    depth = 0
    for i, ch in enumerate(text):
        depth += (ch == "(") - (ch == ")")
        if depth == 0:
            return text[0] == "(" and i == len(text) - 1
    return False


class Emitter:
    def __init__(self, isa, insn):
        self.isa = isa
        self.insn = insn
        self.lines = []
        self.temps = {}
        self.ntemp = 0
        self.stored = False
        self.no_tail = False # locals have their address taken
        self.ended = False
        self.near = False
        self.uses_near = False
        self.fields = {f[0]: f for f in FORMATS[insn.format][2]}
        self.nibbles = NIBBLES.get(insn.format, {})
        self.addr_used = {}
        self.depth = 1
        self.bfp_status = None
        self.bfp_traps_late = True

    # ---- output ----
    def out(self, text):
        self.lines.append("    " * self.depth + text)

    def fail(self, node, text):
        raise SemError("%s: %s: %s%s" % (
            self.insn.where, self.insn.mnemonic, text,
            ": " + ast.unparse(node) if node is not None else ""))

    # ---- operands ----
    def field_c(self, name):
        if name in self.nibbles:
            return self.nibbles[name], "u32"
        f = self.fields[name]
        kind = f[4]
        c = "d->" + f[3]
        if kind == "s" or kind == "rel":
            return c, "s32"
        return "(u32)" + c, "u32"

    def reg_index(self, name):
        """C expression of a register number for r1, r2o, r3p …"""
        odd = name.endswith("o")
        pair = name.endswith("p")
        base = name[:-1] if odd or pair else name
        if base in self.nibbles:
            c = self.nibbles[base]
        elif base in self.fields:
            c = "d->" + self.fields[base][3]
        else:
            return None
        return "%s + 1" % c if odd else "%s | 1" % c if pair else c

    def address(self, name):
        """Effective address operand a1, a2, a3, a4, or rel2; computed once."""
        if name in self.addr_used:
            return self.addr_used[name]
        if name == "rel2" and "ri2" in self.fields:
            self.out("u64 rel2 = cpu_wrap(c, cpu_ia(c, d) + (u64)((s64)d->%s * 2));"
                     % self.fields["ri2"][3])
            self.addr_used[name] = name
            return name
        n = name[1]
        if "b" + n not in self.fields:
            return None
        base = "c->gr[d->%s]" % self.fields["b" + n][3]
        if "x" + n in self.fields:
            base += " + c->gr[d->%s]" % self.fields["x" + n][3]
        disp = self.fields["d" + n]
        d = "d->" + disp[3]
        if disp[4] == "s":
            d = "(u64)(s64)" + d
        elif disp[3] == "imm":
            d = "d->uimm"
        var = name
        self.out("u64 %s = cpu_wrap(c, %s + %s);" % (var, base, d))
        self.addr_used[name] = var
        return var

    def access_register(self, node):
        for sub in ast.walk(node):
            if isinstance(sub, ast.Name) and len(sub.id) == 2 and sub.id[0] == "a" and \
                    sub.id[1].isdigit() and "b" + sub.id[1] in self.fields:
                return "d->" + self.fields["b" + sub.id[1]][3]
        return None

    def ar_arg(self, node):
        if isinstance(node, ast.Name) and node.id[0] == "R":
            return self.reg_index("r" + node.id[1:])
        self.fail(node, "bad access register")

    # ---- expressions: returns (C text, type); type "int" for constants (text is a Python int) ----
    def coerce(self, e, t, node=None):
        c, et = e
        if et == "int":
            return int_c(c, t)
        if et == t:
            return c
        return "(%s)(%s)" % (t, c)

    def unify(self, a, b):
        ta, tb = a[1], b[1]
        if ta == "int" and tb == "int":
            return "int"
        if ta == "int":
            return tb
        if tb == "int":
            return ta
        if BITS[ta] == BITS[tb]:
            return ta if ta[0] == "u" else tb
        return ta if BITS[ta] > BITS[tb] else tb

    def temp(self, t, value, hint="t"):
        self.ntemp += 1
        name = "%s_%d" % (hint, self.ntemp)
        self.out("%s %s = %s;" % (C_TYPES.get(t, t), name, value))
        return name

    def expr(self, n):
        m = getattr(self, "x_" + type(n).__name__, None)
        if m is None:
            self.fail(n, "not in the vocabulary")
        return m(n)

    def x_Constant(self, n):
        if isinstance(n.value, bool) or not isinstance(n.value, int):
            self.fail(n, "bad constant")
        return n.value, "int"

    def x_Name(self, n):
        name = n.id
        if name in self.temps:
            return self.temps[name]
        if name == "cc":
            return "c->cc", "u32"
        if name == "fpc":
            return "c->fpc", "u32"
        if name == "bfp_cc":
            return bfp.cc(self, n)
        if name == "key":
            return "(u8)(c->psw_mask >> PSW_KEY_SHIFT << 4 & 0xf0)", "u8"
        if name == "pm":
            return "(u32)(c->psw_mask >> PSW_PM_SHIFT & 15)", "u32"
        if name == "ia":
            return "cpu_ia(c, d)", "u64"
        if name == "ia_next":
            return "cpu_ia_next(c, d)", "u64"
        if name.startswith("gr") and name[2:].isdigit():
            return "c->gr[%s]" % name[2:], "u64"
        if name.startswith("cr") and name[2:].isdigit():
            return "c->cr[%s]" % name[2:], "u64"
        if name == "rel2" or (len(name) == 2 and name[0] == "a" and name[1].isdigit()):
            a = self.address(name)
            if a:
                return a, "u64"
        if name.startswith("ar") and len(name) == 3:
            return "c->ar[%s]" % self.reg_index("r" + name[2]), "u32"
        if name[0] == "f" and name[1:].isdigit():
            return "cpu_fpr(c, %s)" % self.reg_index("r" + name[1:]), "u64"
        idx = self.reg_index(name)
        if idx is not None and name.rstrip("op") in REG_FIELDS:
            return "c->gr[%s]" % idx, "u64"
        if name in self.fields or name in self.nibbles:
            return self.field_c(name)
        if name[0] == "R" and self.reg_index("r" + name[1:]):
            return "(u32)" + self.reg_index("r" + name[1:]), "u32"
        self.fail(n, "unknown name")

    def x_Attribute(self, n):
        if n.attr == "x":
            return "op_fpr128(c, %s)" % self.reg_index("r" + n.value.id[1:]), "f128"
        base, t = self.expr(n.value)
        if n.attr == "w":
            return "(u32)%s" % base, "u32"
        if n.attr in ("h", "s"):
            return "(u32)(%s >> 32)" % base, "u32"
        if n.attr == "b":
            return "(u8)%s" % base, "u8"
        if n.attr == "hw":
            return "(u16)%s" % base, "u16"
        self.fail(n, "unknown part")

    OPS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.BitAnd: "&", ast.BitOr: "|",
           ast.BitXor: "^", ast.LShift: "<<", ast.RShift: ">>"}

    def x_BinOp(self, n):
        a, b = self.expr(n.left), self.expr(n.right)
        op = self.OPS.get(type(n.op))
        if op is None:
            self.fail(n, "operator not in the vocabulary")
        if a[1] == "int" and b[1] == "int":
            return eval("%d %s %d" % (a[0], op, b[0])), "int"
        if op in ("<<", ">>"):
            t = a[1] if a[1] != "int" else "u64"
            ca = self.coerce(a, t)
            if op == "<<" and t[0] == "s":
                return "(%s)((u%s)%s << %s)" % (t, t[1:], ca, b[0]), t
            return "(%s)(%s %s %s)" % (t, ca, op, b[0]), t
        t = self.unify(a, b)
        ut = "u" + t[1:] if t[0] == "s" else t
        ca, cb = self.coerce(a, ut), self.coerce(b, ut)
        r = "%s %s %s" % (ca, op, cb)
        if BITS[ut] < 32 or ut != t:
            return "(%s)(%s)" % (t, r), t
        return "(%s)" % r, t

    def x_UnaryOp(self, n):
        e = self.expr(n.operand)
        if isinstance(n.op, ast.USub):
            if e[1] == "int":
                return -e[0], "int"
            t = e[1]
            return "(%s)(0 - (u%s)%s)" % (t, t[1:], e[0]), t
        if isinstance(n.op, ast.Invert):
            if e[1] == "int":
                return ~e[0], "int"
            return "(%s)~%s" % (e[1], e[0]), e[1]
        if isinstance(n.op, ast.Not):
            return "!(%s)" % e[0], "bool"
        self.fail(n, "operator not in the vocabulary")

    CMP = {ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}

    def x_Compare(self, n):
        if len(n.ops) != 1:
            self.fail(n, "chained comparison")
        a, b = self.expr(n.left), self.expr(n.comparators[0])
        t = self.unify(a, b)
        op = self.CMP[type(n.ops[0])]
        return "(%s %s %s)" % (self.coerce(a, t), op, self.coerce(b, t)), "bool"

    def x_BoolOp(self, n):
        op = " && " if isinstance(n.op, ast.And) else " || "
        return "(" + op.join("(%s)" % self.expr(v)[0] for v in n.values) + ")", "bool"

    def x_IfExp(self, n):
        t = self.expr(n.test)
        a, b = self.expr(n.body), self.expr(n.orelse)
        ty = self.unify(a, b)
        if ty == "int":
            ty = "u32"
        return "(%s ? %s : %s)" % (t[0], self.coerce(a, ty), self.coerce(b, ty)), ty

    def x_Call(self, n):
        name = n.func.id if isinstance(n.func, ast.Name) else self.fail(n, "bad call")
        if name in BITS and name != "bool":
            e = self.expr(n.args[0])
            if e[1] == "int":
                return int_c(e[0], name), name
            return "(%s)(%s)" % (name, e[0]), name
        if name.startswith("fetch") and name[5:].isdigit():
            return self.fetch(n, name[5:])
        if name == "wrap":
            return "cpu_wrap(c, %s)" % self.coerce(self.expr(n.args[0]), "u64"), "u64"
        if name == "facility":
            return "cpu_facility(c, %d)" % n.args[0].value, "bool"
        if name == "fpc_valid":
            return "op_fpc_valid(c, %s)" % self.coerce(self.expr(n.args[0]), "u32"), "bool"
        if name in ("rounding", "rounding37"):
            return bfp.rounding(self, n, name)
        if name in bfp.OPS:
            return bfp.operation(self, n, name)
        if name == "mode64":
            return "(c->amask == ~0ULL)", "bool"
        if name == "mode24":
            return "(c->amask == 0xffffff)", "bool"
        if name == "problem":
            return "cpu_problem_state(c)", "bool"
        if name in ("laop32", "laop64", "laop8"):
            return self.laop(n, name[4:])
        if name in ("cas32", "cas64"):
            return self.cas(n, name[3:])
        if name in GENERIC:
            first = self.expr(n.args[0])
            if first[1] not in GENERIC[name]:
                self.fail(n, "no such function for %s" % first[1])
            fn, at = GENERIC[name][first[1]]
            args = [self.coerce(first, at)]
            args += [self.coerce(self.expr(a), at) for a in n.args[1:]]
            return "%s(%s)" % (fn, ", ".join(args)), "u32"
        if name in VOCABULARY:
            types, ret, fn = VOCABULARY[name]
            if len(types) != len(n.args):
                self.fail(n, "wrong number of arguments")
            args = [self.coerce(self.expr(a), t) for a, t in zip(n.args, types)]
            return "%s(%s)" % (fn, ", ".join(args)), ret
        self.fail(n, "unknown function")

    def fetch(self, n, bits):
        addr = self.coerce(self.expr(n.args[0]), "u64")
        self.ntemp += 1
        v = "m_%d" % self.ntemp
        self.out("u%s %s = 0;" % (bits, v))
        if addr == "rel2":
            self.out("if (unlikely(!op_ld%s_rel(c, rel2, &%s)))" % (bits, v))
            self.out("    return cpu_leave_fault(c, d);")
            return v, "u" + bits
        ar = self.ar_arg(n.args[1]) if len(n.args) > 1 else self.access_register(n.args[0])
        if ar is None:
            self.fail(n, "which access register?")
        self.out("if (unlikely(!cpu_ld%s(c, %s, %s, &%s)))" % (bits, addr, ar, v))
        self.out("    return cpu_leave_fault(c, d);")
        return v, "u" + bits

    def laop(self, n, bits):
        op = n.args[0].id.rstrip("_").upper()
        addr = self.coerce(self.expr(n.args[1]), "u64")
        ar = self.access_register(n.args[1])
        val = self.coerce(self.expr(n.args[2]), "u64")
        self.out("if (unlikely(!cpu_laop%s(c, %s, %s, LAOP_%s, %s)))" % (bits, addr, ar, op, val))
        self.out("    return cpu_leave_fault(c, d);")
        self.stored = True
        return self.temp("u" + bits, "(u%s)c->slow_value[0]" % bits, "old"), "u" + bits

    def cas(self, n, bits):
        addr = self.coerce(self.expr(n.args[0]), "u64")
        ar = self.access_register(n.args[0])
        found = self.temp("u" + bits, self.coerce(self.expr(n.args[1]), "u" + bits), "found")
        new = self.coerce(self.expr(n.args[2]), "u" + bits)
        swapped = self.temp("bool", "false", "swapped")
        self.no_tail = True
        self.out("if (unlikely(!cpu_cas%s(c, %s, %s, &%s, %s, &%s)))" % (
            bits, addr, ar, found, new, swapped))
        self.out("    return cpu_leave_fault(c, d);")
        self.stored = True
        return found, "u" + bits

    # ---- statements ----
    def stmt(self, n):
        m = getattr(self, "s_" + type(n).__name__, None)
        if m is None:
            self.fail(n, "not in the vocabulary")
        m(n)

    def assign(self, target, e, node):
        if isinstance(target, ast.Name):
            name = target.id
            if name == "cc":
                self.out("c->cc = %s;" % self.coerce(e, "u32"))
                return
            if name == "fpc":
                self.out("c->fpc = %s;" % self.coerce(e, "u32"))
                return
            if name == "pp":
                self.out("c->pp = %s;" % self.coerce(e, "u64"))
                return
            if name == "pm":
                self.out("c->psw_mask = (c->psw_mask & ~PSW_MASK_PM) |")
                self.out("    (u64)(%s & 15) << PSW_PM_SHIFT;" % self.coerce(e, "u32"))
                return
            if name.startswith("gr") and name[2:].isdigit():
                self.out("c->gr[%s] = %s;" % (name[2:], self.coerce(e, "u64")))
                return
            idx = self.reg_index(name)
            if idx is not None and name.rstrip("op") in REG_FIELDS:
                self.out("c->gr[%s] = %s;" % (idx, self.coerce(e, "u64")))
                return
            if name[0] == "f" and name[1:].isdigit():
                self.out("cpu_set_fpr(c, %s, %s);" % (self.reg_index("r" + name[1:]),
                                                      self.coerce(e, "u64")))
                return
            if name.startswith("ar") and len(name) == 3 and name[2].isdigit():
                self.out("cpu_set_ar(c, %s, %s);" % (self.reg_index("r" + name[2]),
                                                    self.coerce(e, "u32")))
                return
            if name in self.temps:
                c, t = self.temps[name]
                self.out("%s = %s;" % (c, self.coerce(e, t)))
                return
            t = e[1] if e[1] not in ("int", "bool") else ("u64" if e[1] == "int" else "bool")
            self.temps[name] = (self.temp(t, self.coerce(e, t), name), t)
            return
        if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name):
            base = target.value.id
            if base.startswith("gr") and base[2:].isdigit():
                idx = base[2:]
            elif base[0] == "f":
                idx = self.reg_index("r" + base[1:])
            else:
                idx = self.reg_index(base)
            if target.attr == "w":
                self.out("cpu_set_gr32(c, %s, %s);" % (idx, self.coerce(e, "u32")))
            elif target.attr == "h":
                self.out("cpu_set_gr32h(c, %s, %s);" % (idx, self.coerce(e, "u32")))
            elif target.attr == "b":
                self.out("c->gr[%s] = (c->gr[%s] & ~0xffULL) | (u8)(%s);" % (
                    idx, idx, self.coerce(e, "u8")))
            elif target.attr == "hw":
                self.out("c->gr[%s] = (c->gr[%s] & ~0xffffULL) | (u16)(%s);" % (
                    idx, idx, self.coerce(e, "u16")))
            elif target.attr == "s":
                self.out("cpu_set_fpr(c, %s, (cpu_fpr(c, %s) & 0xffffffffULL) | (u64)(%s) << 32);"
                         % (idx, idx, self.coerce(e, "u32")))
            elif target.attr == "x":
                self.out("op_set_fpr128(c, %s, %s);" % (idx, self.coerce(e, "f128")))
            elif target.attr == "addr":
                self.out("cpu_set_address(c, %s, %s);" % (idx, self.coerce(e, "u64")))
            elif target.attr == "link":
                self.out("op_set_link(c, %s, %s);" % (idx, self.coerce(e, "u64")))
            else:
                self.fail(node, "unknown part")
            return
        self.fail(node, "bad target")

    def s_Assign(self, n):
        e = self.expr(n.value)
        self.assign(n.targets[0], e, n)

    def s_If(self, n):
        t = self.expr(n.test)
        self.out("if %s {" % (t[0] if parenthesized(t[0]) else "(%s)" % t[0]))
        saved_a, saved_t = dict(self.addr_used), dict(self.temps)
        self.depth += 1
        for s in n.body:
            self.stmt(s)
        self.depth -= 1
        self.addr_used, self.temps = dict(saved_a), dict(saved_t)
        if n.orelse:
            self.out("} else {")
            self.depth += 1
            for s in n.orelse:
                self.stmt(s)
            self.depth -= 1
            self.addr_used, self.temps = saved_a, saved_t
        self.out("}")

    def s_Pass(self, n):
        pass

    def s_Expr(self, n):
        call = n.value
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
            self.fail(n, "no effect")
        name = call.func.id
        if name in self.isa.defs:
            self.inline(self.isa.defs[name], call)
            return
        if name.startswith("store") and name[5:].isdigit():
            bits = name[5:]
            val = self.coerce(self.expr(call.args[1]), "u" + bits)
            addr = self.coerce(self.expr(call.args[0]), "u64")
            if addr == "rel2":
                self.out("if (unlikely(!op_st%s_rel(c, rel2, %s)))" % (bits, val))
                self.out("    return cpu_leave_fault(c, d);")
                self.stored = True
                return
            ar = self.ar_arg(call.args[2]) if len(call.args) > 2 else \
                self.access_register(call.args[0])
            if ar is None:
                self.fail(n, "which access register?")
            self.out("if (unlikely(!cpu_st%s(c, %s, %s, %s)))" % (bits, addr, ar, val))
            self.out("    return cpu_leave_fault(c, d);")
            self.stored = True
        elif name == "branch":
            t = self.coerce(self.expr(call.args[0]), "u64")
            self.out("return cpu_branch(c, d, %s);" % t)
            self.branched(n)
        elif name == "branch_rel":
            self.uses_near = True
            f = self.fields[call.args[0].id]
            if self.near:
                self.out("return cpu_branch_near(c, d, d->%s);" % f[3])
            else:
                self.out("return cpu_branch(c, d, cpu_ia(c, d) + (u64)((s64)d->%s * 2));" % f[3])
            self.branched(n)
        elif name == "serialize":
            self.out("atomic_thread_fence(memory_order_seq_cst);")
            self.out("if (unlikely(cpu_wants_attention(c)))")
            self.out("    return cpu_jump(c, cpu_ia_next(c, d));")
        elif name == "overflow":
            self.out("if (unlikely(c->cc == 3 && c->psw_mask & PSW_MASK_FIXED_OVERFLOW)) {")
            self.out("    c->fault.code = PGM_FIXED_OVERFLOW;")
            self.out("    return cpu_leave_completed(c, d);")
            self.out("}")
        elif name == "trap":
            self.out("return cpu_leave_program(c, d, %s);" % call.args[0].id)
            self.branched(n)
        elif name == "data":
            self.out("cpu_data_exception(c, %d);" % call.args[0].value)
            self.out("return cpu_leave_fault(c, d);")
            self.branched(n)
        else:
            self.fail(n, "unknown statement")

    def branched(self, node):
        if self.depth == 1:
            self.ended = True

    def inline(self, d, call):
        if len(d.params) != len(call.args):
            self.fail(call, "wrong number of arguments")
        subst = {}
        saved = dict(self.temps)
        for p, a in zip(d.params, call.args):
            if p.startswith("out"):
                subst[p] = a
            else:
                e = self.expr(a)
                if e[1] == "int":
                    subst[p] = a
                else:
                    self.temps[p] = (self.temp(e[1], e[0], p), e[1])

        class Sub(ast.NodeTransformer):
            def visit_Name(self, node):
                if node.id in subst:
                    return copy.deepcopy(subst[node.id])
                return node

        tree = ast.parse(d.body)
        for s in Sub().visit(tree).body:
            self.stmt(s)
        self.temps = saved

    # ---- a record's body ----
    def body(self):
        try:
            tree = ast.parse(self.insn.do)
        except SyntaxError as e:
            raise SemError("%s: %s: %s" % (self.insn.where, self.insn.mnemonic, e))
        for s in tree.body:
            self.stmt(s)
        bfp.end(self)

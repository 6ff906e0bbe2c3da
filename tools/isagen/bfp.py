# SPDX-License-Identifier: Apache-2.0
"""The binary-floating-point part of the language of `do` lines (semantics.py).

  operands    f1.x (extended: the register pair), fpc (the floating-point-control register)
  rounding(m3, m4), rounding37(m3, m4)
              the mode that an instruction rounds by; a specification exception if the fields are
              not valid.  rounding37: the fields came with facility 37 and are ignored without it
  operations  those of OPS below, at most one in a body.  Order of [PoP 9 IEEE Exceptions]: flags;
              if a trap suppresses, leave; else the statements that follow store result and
              condition code, and at the body's end a trap that completes is taken
  bfp_cc      the condition code that the operation gave

An operation NAME is the C function op_NAME(c, arguments...) of cpu/ops_bfp.h.  It returns a status
and leaves its value in c->slow_value, so that no address of a local variable escapes: that would
keep the body's last call from being a tail call.
"""

F128 = "f128"

# name: (argument types, result type, C name if another, last argument if fixed);
# result "cc": a condition code, no other result, and traps only suppress.
OPS = {}


def _ops():
    for bits, t in (("32", "u32"), ("64", "u64"), ("128", F128)):
        for op in ("add", "sub", "mul", "div"):
            OPS["bfp%s_%s" % (bits, op)] = ([t, t], t, None, None)
        OPS["bfp%s_sqrt" % bits] = ([t], t, None, None)
        OPS["bfp%s_compare" % bits] = ([t, t], "cc", None, "false")
        OPS["bfp%s_compare_signal" % bits] = ([t, t], "cc", "bfp%s_compare" % bits, "true")
        OPS["bfp%s_load_and_test" % bits] = ([t], t, None, None)
        OPS["bfp%s_rint" % bits] = (["u32", t], t, None, None)
        OPS["bfp%s_from_s64" % bits] = (["u32", "s64"], t, None, None)
        OPS["bfp%s_from_u64" % bits] = (["u32", "u64"], t, None, None)
        for to in ("s32", "s64", "u32", "u64"):
            OPS["bfp%s_to_%s" % (bits, to)] = (
                ["u32", t], "u" + to[1:], "bfp%s_to_fixed" % bits, "BFP_" + to.upper())
        if t != F128:
            OPS["bfp%s_fma" % bits] = ([t, t, t], t, None, None)
            OPS["bfp%s_fms" % bits] = ([t, t, t], t, None, None)
    OPS["bfp32_mul_long"] = (["u32", "u32"], "u64", None, None)
    OPS["bfp64_mul_extended"] = (["u64", "u64"], F128, None, None)
    OPS["bfp32_to_64"] = (["u32"], "u64", None, None)
    OPS["bfp32_to_128"] = (["u32"], F128, None, None)
    OPS["bfp64_to_128"] = (["u64"], F128, None, None)


_ops()

# Plain functions: no flags, no traps.
VOCABULARY = {
    "bfp32_cc": (["u32"], "u32", "op_bfp32_cc"),
    "bfp64_cc": (["u64"], "u32", "op_bfp64_cc"),
    "bfp128_cc": ([F128], "u32", "bfp128_cc"),
    "bfp32_data_class": (["u32"], "u32", "bfp32_data_class"),
    "bfp64_data_class": (["u64"], "u32", "bfp64_data_class"),
    "bfp128_data_class": ([F128], "u32", "bfp128_data_class"),
    "positive128": ([F128], F128, "op_positive128"),
    "negative128": ([F128], F128, "op_negative128"),
    "complement128": ([F128], F128, "op_complement128"),
    "zero128": ([], F128, "op_zero128"),
}

VALUE = {"u32": "(u32)c->slow_value[0]", "u64": "c->slow_value[0]", F128: "op_slow_f128(c)"}


def operation(em, node, name):
    """An operation of OPS in an expression."""
    types, ret, cname, fixed = OPS[name]
    if len(types) != len(node.args):
        em.fail(node, "wrong number of arguments")
    if em.bfp_status:
        em.fail(node, "a second floating-point operation")
    args = [em.coerce(em.expr(a), t) for a, t in zip(node.args, types)]
    args += [fixed] if fixed else []
    status = em.temp("u32", "op_%s(c, %s)" % (cname or name, ", ".join(args)), "status")
    em.out("if (unlikely(%s & OP_BFP_SUPPRESS))" % status)
    em.out("    return op_bfp_trap(c, d, %s);" % status)
    em.bfp_status = status
    if ret == "cc":
        em.bfp_traps_late = False
        return "(%s >> OP_BFP_CC_SHIFT)" % status, "u32"
    return em.temp(ret, VALUE[ret], "value"), ret


def rounding(em, node, name):
    """rounding(m3, m4) and rounding37(m3, m4)."""
    args = [em.coerce(em.expr(a), "u32") for a in node.args]
    mode = em.temp("s32", "op_%s(c, %s)" % (name, ", ".join(args)), "mode")
    em.out("if (unlikely(%s < 0))" % mode)
    em.out("    return cpu_leave_program(c, d, PGM_SPECIFICATION);")
    return mode, "s32"


def cc(em, node):
    if not em.bfp_status:
        em.fail(node, "no floating-point operation before it")
    return "(%s >> OP_BFP_CC_SHIFT)" % em.bfp_status, "u32"


def end(em):
    """A trap that completes: at the end of the body."""
    if em.bfp_status and em.bfp_traps_late:
        em.out("if (unlikely(%s & OP_BFP_DXC))" % em.bfp_status)
        em.out("    return op_bfp_trap(c, d, %s);" % em.bfp_status)

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Operands of ap.c's modular exponentiation and what comes out, by Python's own arithmetic."""

import random

SIZE = 128


def put(name, value):
    digits = ", ".join("0x%02x" % b for b in value.to_bytes(SIZE, "big"))
    print("static const u8 %s[%d] = {%s};" % (name, SIZE, digits))


r = random.Random(390)
modulus = r.getrandbits(8 * SIZE) | 1 << (8 * SIZE - 1) | 1
message = r.getrandbits(8 * SIZE) % modulus
exponent = 65537
put("modulus", modulus)
put("message", message)
put("exponent", exponent)
put("result", pow(message, exponent, modulus))

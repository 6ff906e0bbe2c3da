# SPDX-License-Identifier: Apache-2.0
"""First inputs of the fuzzing targets, made from what is known of their forms.

write(directory) puts them into directory/TARGET.  The form of an input stands at the top of each
target; numbers in it are little-endian, guest's structures big-endian.  Instructions come from the
records of isa/, so a new one is in the seeds by itself.
"""

import glob
import os
import re
import struct
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(TOP, "tools/isagen"))
sys.dont_write_bytecode = True

import formats  # noqa: E402

RECORD = re.compile(r"^insn\s+\S+\s+([0-9a-f]{2,4})\s+(\S+)", re.M)
# What operand fields hold: even registers, registers as bases, displacements of doublewords; the
# second has a second storage operand, the third odd ones.
OPERANDS = (0x002462480000, 0x002462488370, 0x00356137935e)


def instruction(opcode, form, operands):
    """The text of one instruction: its opcode over bits that stand for all its operands."""
    length, split, _ = formats.FORMATS[form]
    text = operands >> (48 - 8 * length)

    def put(value, first, bits):
        nonlocal text
        shift = 8 * length - first - bits
        text = text & ~(((1 << bits) - 1) << shift) | value << shift

    put(int(opcode[:2], 16), 0, 8)
    if split:
        put(int(opcode[2:], 16), *split)
    return text.to_bytes(length, "big")


def instructions(operands):
    for path in sorted(glob.glob(os.path.join(TOP, "isa/*.isa"))):
        with open(path, encoding="utf-8") as f:
            for opcode, form in RECORD.findall(f.read()):
                if form in formats.FORMATS:
                    yield instruction(opcode, form, operands)


def groups(items, n):
    return [items[i:i + n] for i in range(0, len(items), n)]


def code_seeds():
    made = {"disasm": [], "guest": [], "sie": []}
    for n, operands in enumerate(OPERANDS):
        texts = list(instructions(operands))
        few = [b"".join(g) for g in groups(texts, 3)]
        made["disasm"] += [bytes(9) + b"".join(t.ljust(8, b"\0") for t in g)
                           for g in groups(texts, 48)]
        # in the PSW: nothing, problem state, DAT
        made["guest"] += [bytes((0, (0, 4, 2)[n])) + bytes(14) + c for c in few]
        made["sie"] += [bytes((n << 4 & 0x10,)) + bytes(6) + c for c in few[n::3]]
    return made


# ---- SERVICE CALL ----

READ_INFO, READ_CPUS, READ_EVENTS, WRITE_EVENTS, WRITE_MASK = 0, 2, 3, 4, 5


def service_call(command, body, length=None):
    block = struct.pack(">H", length or 6 + 2 + len(body)) + bytes(6) + body
    return struct.pack("<BBHH", 7, command, 0, len(block)) + block


def event(kind, body):
    return struct.pack(">HBBH", 6 + len(body), kind, 0, 0) + body


def sclp_seeds():
    masks = service_call(WRITE_MASK, struct.pack(">HHIIII", 0, 4, 0xffffffff, 0xffffffff, 0, 0))
    taken, typed = b"\0", b"\1\5hello"
    read = service_call(READ_EVENTS, bytes(100))
    text = struct.pack(">HHHH", 14, 4, 0, 0) + b"\xc8\x85\x93\x93\x96\x15"
    message = struct.pack(">HHIIHHI", 0, 1, 0xd4c4c240, 1, 0, 0, 0)
    body = struct.pack(">H", len(message) + len(text)) + message[2:] + text
    return {"sclp": [
        b"\0" + service_call(READ_INFO, b"", 4096) + taken + service_call(READ_CPUS, b"", 4096),
        b"\0" + masks + taken + typed + taken + read,
        b"\1" + masks + taken + b"\1\6hello\n" + taken + read + b"\3" + taken + read,
        b"\0" + service_call(WRITE_EVENTS, event(0x1a, b"text")) + b"\2",
        b"\1" + service_call(WRITE_EVENTS, event(2, body)) + b"\2",
        b"\0" + service_call(WRITE_EVENTS, event(0x0b, bytes(42)) + event(0x1a, b"x")),
    ]}


# ---- channel ----

def ccw1(at, command, flags, count, address):
    return struct.pack("<BHBBHH", 1, at, command, flags, count, address)


def start(device, at, flags, program):
    return struct.pack("<BBHHBH", 5, device, at, flags, 0, program)


def channel_seeds():
    ssch = start(1, 0x100, 0x0080, 0x200)
    idaw = struct.pack("<BHBHH", 4, 0x400, 0x10, 0x800, 0x1000)
    return {"channel": [
        ccw1(0x200, 3, 0x20, 32, 0x800) + ssch + b"\x08",
        b"".join(ccw1(0x200 + 8 * i, i, 0x60, 64, 0x800) for i in range(17)) + ssch + b"\x08\x08",
        ccw1(0x200, 2, 0, 8, 0x200) + ssch + b"\x08",
        idaw + ccw1(0x200, 3, 4, 64, 0x400) + start(2, 0x100, 0x0280, 0x200) + b"\x08",
        b"".join(b"\x07" + bytes((n, 0)) + b"\0\x10\0\x20" for n in range(14)),
        b"\x0b\1\x09\1\0\0\x0b\0\x09\0\1\0\x0b\2\x09\2\1\0\x08",
    ]}


# ---- virtqueues ----

def virtqueue_seeds():
    def begin(device):
        return bytes((device | 3 << 2,)) + bytes(8)

    def request(queue, kind, sector, data, length, write):
        return struct.pack("<BBBBHBB", 5, queue, kind, sector, data, length, write)

    desc = struct.pack("<BBBBBHBB", 0, 0, 0, 0, 3, 0x1000, 0x80, 1)
    blocks = b"".join(request(0, k, 1, 0x1000, 0xc1, k != 1) + b"\x0a" for k in (0, 1, 4, 8, 11, 13))
    console = b"\x02\0\0\x20\3" + bytes(16) + b"\x03\0\0\x04\0\x07\x20\2" + b"k" * 32
    return {"virtqueue": [
        begin(0) + blocks,
        begin(1) + console + request(1, 0, 0, 0x1000, 64, 0) + request(3, 0, 0, 0, 8, 0),
        begin(2) + request(1, 0, 0, 0x1000, 0xc1, 0) + desc + b"\x03\0\0\x04\0\x07\x40\0" + bytes(64),
        begin(3) + request(0, 0, 0, 0x1000, 0xc1, 1),
    ]}


# ---- crypto cards ----

CARD_DOMAIN = 5
# primes of 64 bits: a key of 128 bits, the smallest that a card takes
P, Q, E = 0xfffffffffffffde3, 0xffffffffffffffc5, 65537


def be(number, length):
    return number.to_bytes(length, "big")


def crt_key(p, q):
    d = pow(E, -1, (p - 1) * (q - 1))
    return p, q, d % (p - 1), d % (q - 1), pow(q, -1, p)


def type50(kind, *fields):
    body = b"".join(fields)
    return struct.pack(">BBHIH6x", 0, 0x50, 16 + len(body), 0, kind) + body


def accelerator_seeds():
    for n, size in enumerate((128, 256, 512), 1):
        yield 0, type50(n, be(E, size), be(P * Q, size), be(12345, size))
        half = (be(k, size // 2) for k in crt_key(P, Q))
        yield 0, type50(0x10 | n, *half, be(12345, size))


def type6(agent, body, room):
    return struct.pack(">H14xIIII16sHHHHIIIIII8x", 6, 88, 0, 0, 0, agent, 0, 0, 0, 0, len(body), 0,
                       0, 0, *room)


def cca(function, parameters, room=(1828, 0)):
    body = function + parameters
    cprb = struct.pack(">HB3x2sIIIIIII108xHH22xH48x", 220, 2, b"T2", 0, len(body), 0, room[0], 0,
                       room[1], 0, 0, 0, CARD_DOMAIN)
    return 1, type6(b"CA", cprb + body, room) + cprb + body


def block(*parts):
    body = b"".join(parts)
    return struct.pack(">H", 2 + len(body)) + body


def key_token(*sections):
    body = b"".join(sections)
    return block(block(b"\0\0", struct.pack(">BBH4x", 0x1e, 0, 8 + len(body)), body))


def rsa_seeds():
    public = struct.pack(">BBHHHHH", 4, 0, 12 + 3 + 16, 0, 3, 128, 16) + be(E, 3) + be(P * Q, 16)
    sizes = (16, 8, 16, 8, 16)
    numbers = b"".join(be(k, n) for k, n in zip(crt_key(P, Q), sizes))
    private = struct.pack(">BBH20x4xB21x4x5HH4xH60x", 8, 0, 132 + len(numbers) + 16, 0x40, *sizes,
                          16, 0) + numbers + b"\xff" * 16
    yield cca(b"PK", block(b"MRP     ") + block(be(12345, 16)) + key_token(public))
    yield cca(b"PD", block(b"ZERO-PAD") + block(be(12345, 16)) + key_token(private, public))


def ep11(function, kind):
    elements = b"".join(b"\4\4" + be(v, 4) for v in (1 << 16 | function, CARD_DOMAIN, kind, 0))
    payload = b"\x30\x82" + be(len(elements), 2) + elements
    cprb = struct.pack(">HB3x2sIIIIII", 32, 4, b"T4", 0, CARD_DOMAIN, 0xffffffff, 0, 0, len(payload))
    return 2, type6(b"XC", cprb + payload, (12240, 0)) + cprb + payload


def filled(message):
    """Without the zeros at its end."""
    short = message.rstrip(b"\0")
    return struct.pack("<HB", len(message), 0) + short


def card_seeds():
    made = [*accelerator_seeds(), *rsa_seeds(), ep11(38, 1), ep11(38, 3), ep11(21, 0),
            cca(b"RL", block(b"RANDOM  ") + block() + block(), (236, 4096))]
    made += [cca(b"FQ", block(rule) + block(bytes(4096)) + block(), (4332, 0))
             for rule in (b"STATICSA", b"STATICSB")]
    made += [cca(name, block() * 3) for name in (b"KG", b"XX")]
    return {"ap_card": [bytes((n,)) + m for n, m in made] +
            [bytes((0x80 | n,)) + filled(m) for n, m in made]}


# ---- files, text ----

def elf():
    header = b"\x7fELF\2\2\1" + bytes(9) + struct.pack(">HHIQQQIHHHHHH", 2, 22, 1, 0x10000, 64, 0, 0,
                                                      64, 56, 1, 0, 0, 0)
    segment = struct.pack(">IIQQQQQQ", 1, 5, 120, 0x10000, 0x10000, 16, 0x3000, 0x1000)
    return header + segment + bytes(16)


def text_seeds():
    commands = ("status", "stop", "continue", "quiesce", "quit", "statistics", "events", "frobnicate")
    lines = [b"\6" + b'{"command": "%s", "id": %d}\n' % (c.encode(), n)
             for n, c in enumerate(commands)]
    packets = (b"qSupported:swbreak+;hwbreak+", b"QStartNoAckMode", b"qXfer:features:read:target.xml:0,100", b"g",
               b"G00", b"p33", b"P1=0000000000001000", b"m0,8", b"M1000,2:0700", b"X1000,2:ab", b"Z0,1000,4",
               b"z0,1000,4", b"Z1,1002,2", b"z1,1002,2", b"Z2,2000,8", b"z2,2000,8", b"Hg1", b"Hc-1", b"T2",
               b"qfThreadInfo", b"qsThreadInfo", b"qThreadExtraInfo,1", b"qRcmd,696e666f", b"qC", b"?",
               b"vCont?", b"vCont;s:1;c", b"c1000", b"S05;1000", b"vKill;1", b"D", b"k")
    packets = [b"\x09" + p + b"\n" for p in packets]
    stops = b"\x33" + packets[26] + b"\x05\4\0\0"  # a CPU meets something, or Ctrl-C, as it goes on
    options = (b"image", b"image,readonly,format=raw", b"image,serial=ABC,cut=7:3", b"a,,b,x=y", b"")
    return {
        "control": lines + [b"".join(lines), lines[1] + b"\3\3" + lines[0] + b"\2", b"\4\xc8\2"],
        "gdb": packets + [b"".join(packets[:26]), stops + b"\x33", stops + b"\x13\x87\3$q\n\x07C#b4\n",
                          b"\x09vCont;c\n\x01\0" + packets[3], b"\x06a\2", packets[3] + b"\x06-\2"],
        "disk": [struct.pack("<HB", 0x4000, n % 4) + o + b"\0" + bytes(range(64))
                 for n, o in enumerate(options)],
        "kernel": [b"\0\1", b"\x1c\1\x20", b"\1" + elf(), b"\5\x20" + elf(),
                   b"\2* list\na 0x00000000\nb 0x00010000\n", b"\3" + bytes(8) + b"\0\x08\0\0\x80"],
    }


def write(directory):
    for make in (code_seeds, sclp_seeds, channel_seeds, virtqueue_seeds, text_seeds,
                 card_seeds):
        for target, inputs in make().items():
            path = os.path.join(directory, target)
            os.makedirs(path, exist_ok=True)
            for n, data in enumerate(inputs):
                with open(os.path.join(path, "%03d" % n), "wb") as f:
                    f.write(data)

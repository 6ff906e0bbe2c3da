# SPDX-License-Identifier: Apache-2.0
"""Instructions that are not compared, and why.

A privileged one of the first table is still run in problem state, where the answer is a
privileged-operation exception whatever the machine.
"""

MACHINE = "result belongs to the machine (model, clock, configuration)"
OTHER = "acts on other parts of the machine"

EXCLUDED = {
    "STCK": MACHINE, "STCKE": MACHINE, "STCKF": MACHINE, "SCK": MACHINE, "SCKPF": MACHINE,
    "SCKC": MACHINE, "STCKC": MACHINE, "SPT": MACHINE, "STPT": MACHINE, "PTFF": MACHINE,
    "ECTG": MACHINE, "ECAG": MACHINE, "STIDP": MACHINE, "STAP": MACHINE, "STSI": MACHINE,
    "STFL": MACHINE, "STFLE": MACHINE, "STHYI": MACHINE, "LPP": MACHINE, "QCTRI": MACHINE,
    "QSI": MACHINE, "QPACI": MACHINE,
    "SIGP": OTHER, "DIAG": OTHER, "SERVC": OTHER, "SPX": "moves the test guest's own lowcore",
    "STPX": "the test guest keeps its prefix at zero",
    "SIE": OTHER, "PQAP": OTHER, "NQAP": OTHER, "DQAP": OTHER,
    "CSCH": OTHER, "HSCH": OTHER, "MSCH": OTHER, "SSCH": OTHER, "STSCH": OTHER, "TSCH": OTHER,
    "TPI": OTHER, "SAL": OTHER, "RSCH": OTHER, "STCRW": OTHER, "STCPS": OTHER, "RCHP": OTHER,
    "SCHM": OTHER, "CHSC": OTHER, "SIGA": OTHER, "XSCH": OTHER, "CLP": OTHER,
    "PCILG": OTHER, "PCISTG": OTHER, "PCISTB": OTHER, "RPCIT": OTHER, "MPCIFC": OTHER,
    "STPCIFC": OTHER, "SIC": OTHER,
    "TRACE": "trace entries hold the time of day", "TRACG": "trace entries hold the time of day",
    "PC": "needs linkage tables; the peer has none of this",
    "LASP": "needs ASN tables; the peer has none of this",
    "PR": "needs a linkage stack; the peer has none",
    "PT": "needs ASN tables; the peer has none of this",
    "PTI": "needs ASN tables; the peer has none of this",
    "BAKR": "needs a linkage stack; the peer has none",
    "BSG": "needs dispatchable units; the peer has none of this",
    "BSA": "needs dispatchable units; the peer has none of this",
    "TRAP2": "needs dispatchable units; the peer has none of this",
    "TRAP4": "needs dispatchable units; the peer has none of this",
    "RP": "the peer has none",
}

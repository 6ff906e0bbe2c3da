# SPDX-License-Identifier: Apache-2.0
"""What interpreters do: calls, dictionaries, strings, objects, exceptions."""


class Node:
    def __init__(self, value, rest):
        self.value = value
        self.rest = rest


def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def words(n):
    counts = {}
    for i in range(n):
        word = "w%d" % (i * i % 997)
        counts[word] = counts.get(word, 0) + 1
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:5]


def chain(n):
    head = None
    for i in range(n):
        head = Node(i, head)
    total = 0
    while head:
        total += head.value
        head = head.rest
    return total


def refusals(n):
    refused = 0
    for i in range(n):
        try:
            refused += 1 // (i % 3)
        except ZeroDivisionError:
            refused += 2
    return refused


print(fib(20), words(20000), chain(20000), refusals(20000))
print(sum(i * i for i in range(50000)), 3 ** 2000 % 10 ** 9)

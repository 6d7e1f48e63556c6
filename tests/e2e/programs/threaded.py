"""Books orders: a queue, four workers, and a ledger that is written with a lock held."""

import queue
import sys
import threading

ORDERS = 60
orders = queue.Queue()
ledger_lock = threading.Lock()
ledger = []


def book(order, worth):
    with ledger_lock:
        place = len(ledger)
        ledger.append((order, worth))  # booked
        written = len(ledger)
    return place, written


def work():
    while True:
        order = orders.get()
        worth = order * 2
        book(order, worth)
        orders.task_done()


for number in range(4):
    threading.Thread(target=work, name=f"worker {number}", daemon=True).start()
sys.stdin.readline()
for order in range(ORDERS):
    orders.put(order)
orders.join()
once = len({order for order, _ in ledger})
print("booked", len(ledger), "different", once, "worth", sum(worth for _, worth in ledger), flush=True)
sys.stdin.readline()

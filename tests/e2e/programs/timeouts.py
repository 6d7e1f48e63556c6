"""Asks devices that don't answer: each gets its time, one is called off, and a heart beats on."""

import asyncio
import sys

called_off = []
late = []
beats = 0


async def heart():
    global beats
    while True:
        beats += 1
        await asyncio.sleep(0.005)


async def device(number):
    try:
        await asyncio.sleep(3600)
    except asyncio.CancelledError:
        called_off.append(number)  # called off
        raise


async def ask(number):
    try:
        await asyncio.wait_for(device(number), 0.05 * (number + 1))
    except asyncio.TimeoutError:
        late.append(number)  # late


async def main():
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
    beating = asyncio.create_task(heart(), name="heart")
    stuck = asyncio.create_task(device(99), name="stuck")
    await asyncio.gather(*(asyncio.create_task(ask(number), name=f"ask {number}") for number in range(5)))
    stuck.cancel()
    gone = await asyncio.gather(stuck, return_exceptions=True)
    before = beats
    while beats < before + 10:
        await asyncio.sleep(0.005)
    beating.cancel()
    print("late", sorted(late), "called off", sorted(called_off), "stuck", type(gone[0]).__name__, flush=True)


asyncio.run(main())
sys.stdin.readline()

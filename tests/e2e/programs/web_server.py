"""A web server that knows prices. Who asks for one `after` the sale waits until somebody has bought the lamp."""

import asyncio
import itertools

from aiohttp import web

PRICES = {"lamp": 40, "bulb": 3, "fuse": 1}
numbers = itertools.count(1)


@web.middleware
async def numbered(request, handler):
    response = await handler(request)
    response.headers["X-Number"] = str(next(numbers))
    return response


async def price(request):
    item = request.match_info["item"]
    amount = int(request.query["amount"])
    if "after" in request.query:
        print("waits for the sale", flush=True)
        await request.app["sale"].wait()
    total = amount * PRICES[item]
    answer = {"item": item, "total": total}  # priced
    if item == "lamp":
        request.app["sale"].set()
    return web.json_response(answer)


async def main():
    app = web.Application(middlewares=[numbered])
    app["sale"] = asyncio.Event()
    app.add_routes([web.get("/price/{item}", price)])
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print("serves at", runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()


asyncio.run(main())

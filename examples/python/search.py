import asyncio
import sys

from likeness.v1 import search_service_pb2 as search
from likeness_rpc import Connection


async def main(client_file, text):
    async with await Connection.open(client_file) as connection:
        request = search.QueryRequest(query=search.Query(text=search.TextQuery(text=text)), limit=5)
        answer = await connection.unary("likeness.v1.SearchService/Query", request, search.QueryResponse, timeout=5)
        for hit in answer.hits:
            print(f"{hit.score:.3f}  {hit.profile.display_name}: {hit.profile.headline}")

asyncio.run(main(*sys.argv[1:]))

"""The Python column of `parse`: reads one prepared answer again and again with the `openai` package, by the calls that
the OpenAI Agents SDK makes.

    reader.py MODEL WARM SECONDS    reads for so long; prints how often, the seconds of wall and CPU, the bytes of text

Where the server is stands in the environment; the model's name says which answer it is and of which API.
"""

import asyncio
import sys
import time

from openai import AsyncOpenAI


async def streamed_response(client: AsyncOpenAI, model: str) -> str:
    pieces = []
    async for event in await client.responses.create(model=model, input="Go", stream=True):
        if event.type in ("response.output_text.delta", "response.function_call_arguments.delta"):
            pieces.append(event.delta)
    return "".join(pieces)


async def streamed_completion(client: AsyncOpenAI, model: str) -> str:
    pieces = []
    messages = [{"role": "user", "content": "Go"}]
    async for chunk in await client.chat.completions.create(model=model, messages=messages, stream=True):
        for choice in chunk.choices:
            if choice.delta.content:
                pieces.append(choice.delta.content)
            for call in choice.delta.tool_calls or []:
                pieces.append(call.function.arguments)
    return "".join(pieces)


async def response(client: AsyncOpenAI, model: str) -> str:
    return (await client.responses.create(model=model, input="Go")).output_text


async def completion(client: AsyncOpenAI, model: str) -> str:
    messages = [{"role": "user", "content": "Go"}]
    return (await client.chat.completions.create(model=model, messages=messages)).choices[0].message.content


async def main(model: str, warm: str, seconds: str) -> None:
    client = AsyncOpenAI()
    is_chat, is_whole = model.startswith("chat-"), model.endswith("-whole")
    read = {
        (False, False): streamed_response,
        (True, False): streamed_completion,
        (False, True): response,
        (True, True): completion,
    }[is_chat, is_whole]

    async def reads(patience: float) -> tuple[int, int]:
        began, times, length = time.perf_counter(), 0, 0
        while times == 0 or time.perf_counter() - began < patience:
            length += len((await read(client, model)).encode())
            times += 1
        return times, length

    await reads(float(warm))
    wall, cpu = time.perf_counter(), time.process_time()
    times, length = await reads(float(seconds))
    print(times, time.perf_counter() - wall, time.process_time() - cpu, length)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))

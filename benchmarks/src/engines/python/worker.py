"""The Python column: the benchmark's agent with `temporalio[openai-agents]`, as its documentation teaches it.

    worker.py work ADDRESS TASK_QUEUE             runs a worker until it is killed
    worker.py replay ADDRESS WORKFLOW_ID TIMES    prints how long each replay took, in milliseconds

Where the model is, and that no traces are sent, stands in the environment.
"""

import asyncio
import os
import sys
import threading
import time
from dataclasses import dataclass
from datetime import timedelta

from agents import Agent, Runner
from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.openai_agents import ModelActivityParameters, OpenAIAgentsPlugin
from temporalio.openai_agents.workflow import activity_as_tool
from temporalio.worker import Replayer, Worker

# Longer than any call here takes, as in the other engines.
TIMEOUT = timedelta(minutes=1)


@dataclass
class Plan:
    turns: int
    bytes: int


@activity.defn
async def fetch(page: int, bytes: int) -> str:
    """Fetches a page.

    Args:
        page: Which page.
        bytes: How long it is.
    """
    return f"page {page} ".ljust(bytes, ".")


@workflow.defn(name="conversation")
class Conversation:
    @workflow.run
    async def run(self, plan: Plan) -> str:
        agent = Agent(
            name="reader",
            instructions="You read all the pages you are asked to read, one after the other.",
            model="scripted",
            tools=[activity_as_tool(fetch, start_to_close_timeout=TIMEOUT)],
        )
        prompt = f"turns={plan.turns} bytes={plan.bytes}"
        result = await Runner.run(agent, prompt, max_turns=plan.turns + 1)
        return result.final_output


def plugin() -> OpenAIAgentsPlugin:
    return OpenAIAgentsPlugin(model_params=ModelActivityParameters(start_to_close_timeout=TIMEOUT))


def end_with_parent() -> None:
    """Ends this process when the one that started it is gone: then its end of our standard input is closed."""
    sys.stdin.read()
    os._exit(0)


async def work(address: str, task_queue: str) -> None:
    threading.Thread(target=end_with_parent, daemon=True).start()
    client = await Client.connect(address, plugins=[plugin()])
    worker = Worker(client, task_queue=task_queue, workflows=[Conversation], activities=[fetch])
    await worker.run()


async def replay(address: str, workflow_id: str, times: str) -> None:
    client = await Client.connect(address, plugins=[plugin()])
    history = await client.get_workflow_handle(workflow_id).fetch_history()
    replayer = Replayer(workflows=[Conversation], plugins=[plugin()])
    for _ in range(int(times)):
        began = time.perf_counter()
        await replayer.replay_workflow(history)
        print((time.perf_counter() - began) * 1000)


if __name__ == "__main__":
    asyncio.run({"work": work, "replay": replay}[sys.argv[1]](*sys.argv[2:]))

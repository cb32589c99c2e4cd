"""phoenix_channels_python_client: versions 1 and 2. It only listens; it has no push."""

import asyncio
import logging
import unittest

from daemon import Daemon
from phoenix_channels_python_client.client import PHXChannelsClient
from phoenix_channels_python_client.client_types import ReconnectPolicy
from phoenix_channels_python_client.exceptions import PHXTopicError

QUICK = ReconnectPolicy(
    base_delay_s=0.1, service_restart_min_delay_s=0, service_restart_max_delay_s=0.1, rapid_first_min_delay_s=0,
    rapid_second_min_delay_s=0, rapid_cooldown_base_s=0)


class Listening:
    version = None

    @classmethod
    def setUpClass(cls):
        # It logs as errors what is tried here.
        logging.getLogger("phoenix_channels_python_client").setLevel(logging.CRITICAL)
        cls.daemon = Daemon()
        cls.addClassCleanup(cls.daemon.stop)

    def client(self, **options):
        return PHXChannelsClient(
            self.daemon.socket + "/websocket?name=ann", "key", protocol_version=self.version, reconnect_policy=QUICK,
            **options)

    async def subscribe(self, client, topic):
        seen = asyncio.Queue()

        async def note(message):
            seen.put_nowait(message)

        await client.subscribe_to_topic(topic, note)
        return seen

    async def expect(self, seen, event):
        async with asyncio.timeout(30):
            while True:
                message = await seen.get()
                if str(message.event) == event:
                    return message.payload

    async def test_refused_connection(self):
        with self.assertRaisesRegex(Exception, "403"):
            async with PHXChannelsClient(self.daemon.socket + "/websocket", "key", auto_reconnect=False):
                pass

    async def test_subscribe_and_unsubscribe(self):
        async with self.client() as client:
            seen = await self.subscribe(client, "room:1")
            state = await self.expect(seen, "presence_state")
            self.assertEqual(state["ann"]["metas"][0]["mood"], "new")
            await asyncio.to_thread(self.daemon.tell, "news")
            self.assertEqual(await self.expect(seen, "news"), {"from": "outside"})
            await client.unsubscribe_from_topic("room:1")
            self.assertEqual(list(client.get_current_subscriptions()), [])

    async def test_refused_join(self):
        async with self.client() as client:
            with self.assertRaisesRegex(PHXTopicError, "this room is closed"):
                await client.subscribe_to_topic("room:closed")

    async def test_heartbeats(self):
        answers = asyncio.Queue()
        async with self.client(
            heartbeat_interval_s=0.05, heartbeat_dead_threshold_s=20,
            on_heartbeat_ack=lambda: answers.put_nowait(True),
        ):
            for _ in range(3):
                await asyncio.wait_for(answers.get(), 30)

    async def test_a_crash_is_a_new_join(self):
        async with self.client() as client:
            seen = await self.subscribe(client, "room:2")
            await self.expect(seen, "presence_state")
            await asyncio.to_thread(self.daemon.tell, "crash")
            await self.expect(seen, "presence_state")

    async def test_reload_and_restart(self):
        again = asyncio.Queue()

        async def note():
            again.put_nowait(True)

        async with self.client(on_reconnect=note) as client:
            seen = await self.subscribe(client, "room:3")
            await self.expect(seen, "presence_state")
            await asyncio.to_thread(self.daemon.control, "reload", "counterpart")
            await asyncio.to_thread(self.daemon.tell, "news")
            await self.expect(seen, "news")
            self.assertTrue(again.empty())
            await asyncio.to_thread(self.daemon.control, "upgrade")
            await self.expect(seen, "presence_state")
            await asyncio.wait_for(again.get(), 30)


class Version1Tests(Listening, unittest.IsolatedAsyncioTestCase):
    version = "1.0"

    async def test_broadcasts(self):
        async with self.client() as client:
            seen = await self.subscribe(client, "room:4")
            self.assertIn("ann", (await self.expect(seen, "presence_diff"))["joins"])

    async def test_no_such_topic(self):
        async with self.client() as client:
            with self.assertRaisesRegex(PHXTopicError, "unmatched topic"):
                await client.subscribe_to_topic("nowhere")


class Version2Tests(Listening, unittest.IsolatedAsyncioTestCase):
    """It drops what has no join_ref: broadcasts and "unmatched topic", which have none of Phoenix either."""

    version = "2.0"

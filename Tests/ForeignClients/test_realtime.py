"""realtime, the client of Supabase: version 1 of the protocol. Topics begin with "realtime:", events are its own."""

import asyncio
import logging
import unittest

from daemon import Daemon
from realtime import AsyncRealtimeClient, RealtimeSubscribeStates


class RealtimeTests(unittest.IsolatedAsyncioTestCase):
    @classmethod
    def setUpClass(cls):
        # It logs as errors what is tried here.
        logging.getLogger("realtime").setLevel(logging.CRITICAL)
        cls.daemon = Daemon()
        cls.addClassCleanup(cls.daemon.stop)

    async def connect(self, name):
        client = AsyncRealtimeClient(
            self.daemon.socket, params={"name": name} if name else {}, initial_backoff=0.1, max_retries=20)
        self.addAsyncCleanup(client.close)
        await client.connect()
        return client

    async def subscribe(self, client, topic, prepare=lambda channel: None):
        """A channel, and what happens to it as it comes."""
        channel, states = client.channel(topic), asyncio.Queue()
        prepare(channel)
        await channel.subscribe(lambda state, error: states.put_nowait((state, error)))
        return channel, states

    async def next(self, queue):
        return await asyncio.wait_for(queue.get(), 30)

    async def until(self, condition):
        async with asyncio.timeout(30):
            while not condition():
                await asyncio.sleep(0.01)

    async def push(self, channel, event, payload):
        answer = asyncio.Queue()
        push = await channel.push(event, payload, timeout=20)
        push.receive("ok", lambda response: answer.put_nowait(("ok", response)))
        push.receive("error", lambda response: answer.put_nowait(("error", response)))
        return await self.next(answer)

    async def test_refused_connection(self):
        client = AsyncRealtimeClient(self.daemon.socket, auto_reconnect=False)
        with self.assertRaisesRegex(Exception, "403"):
            await client.connect()

    async def test_join_push_and_leave(self):
        client = await self.connect("ann")
        channel, states = await self.subscribe(client, "1")
        self.assertEqual(await self.next(states), (RealtimeSubscribeStates.SUBSCRIBED, None))
        self.assertEqual((await self.push(channel, "echo", {}))[0], "ok")
        self.assertEqual(await self.push(channel, "fail", {}), ("error", {"reason": "as you wish"}))
        await channel.unsubscribe()
        self.assertEqual(await self.next(states), (RealtimeSubscribeStates.CLOSED, None))

    async def test_refused_join(self):
        channel, states = await self.subscribe(await self.connect("ann"), "closed")
        state, error = await self.next(states)
        self.assertEqual(state, RealtimeSubscribeStates.CHANNEL_ERROR)
        self.assertIn("this room is closed", str(error))

    async def test_broadcasts(self):
        seen = asyncio.Queue()
        await self.subscribe(
            await self.connect("ann"), "2", lambda channel: channel.on_broadcast("news", seen.put_nowait))
        bob, _ = await self.subscribe(await self.connect("bob"), "2")
        for number in range(20):
            await bob.send_broadcast("news", {"n": number})
        for number in range(20):
            self.assertEqual((await self.next(seen))["payload"], {"n": number})

    async def test_presence(self):
        events = []

        def prepare(channel):
            channel.on_presence_join(lambda key, current, new: events.append(("join", key)))
            channel.on_presence_leave(lambda key, current, left: events.append(("leave", key)))
            channel.on_presence_sync(lambda: None)

        ann, _ = await self.subscribe(await self.connect("ann"), "3", prepare)
        bobs_client = await self.connect("bob")
        bob, _ = await self.subscribe(bobs_client, "3")
        await self.until(lambda: set(ann.presence_state()) == {"ann", "bob"})
        await bob.track({"mood": "good"})
        await self.until(lambda: [meta["mood"] for meta in ann.presence_state()["bob"]] == ["good"])
        await bobs_client.close()
        await self.until(lambda: set(ann.presence_state()) == {"ann"})
        self.assertIn(("join", "bob"), events)
        self.assertEqual(events[-1], ("leave", "bob"))

    async def test_a_crash_is_a_new_join(self):
        channel, states = await self.subscribe(await self.connect("ann"), "4")
        await self.next(states)
        await channel.push("crash", {})
        self.assertEqual((await self.next(states))[0], RealtimeSubscribeStates.CHANNEL_ERROR)
        self.assertEqual((await self.next(states))[0], RealtimeSubscribeStates.SUBSCRIBED)
        self.assertEqual((await self.push(channel, "echo", {}))[0], "ok")

    async def test_stopped(self):
        channel, states = await self.subscribe(await self.connect("ann"), "5")
        await self.next(states)
        await channel.push("stop", {})
        self.assertEqual((await self.next(states))[0], RealtimeSubscribeStates.CLOSED)

    async def test_reload_with_messages_on_the_way(self):
        seen = asyncio.Queue()
        await self.subscribe(
            await self.connect("ann"), "6", lambda channel: channel.on_broadcast("news", seen.put_nowait))
        bob, _ = await self.subscribe(await self.connect("bob"), "6")
        reload = asyncio.create_task(asyncio.to_thread(self.daemon.control, "reload", "counterpart"))
        count = 0
        while count < 100 or not reload.done():
            await bob.send_broadcast("news", {"n": count})
            count += 1
            await asyncio.sleep(0.001)
        await reload
        for number in range(count):
            self.assertEqual((await self.next(seen))["payload"], {"n": number})

    async def test_restart(self):
        channel, states = await self.subscribe(await self.connect("ann"), "7")
        await self.next(states)
        await asyncio.to_thread(self.daemon.control, "upgrade")
        self.assertEqual((await self.next(states))[0], RealtimeSubscribeStates.CHANNEL_ERROR)
        self.assertEqual((await self.next(states))[0], RealtimeSubscribeStates.SUBSCRIBED)
        self.assertEqual((await self.push(channel, "echo", {}))[0], "ok")

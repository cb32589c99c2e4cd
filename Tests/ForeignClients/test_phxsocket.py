"""phxsocket: version 1 of the protocol, threads, and refs that are numbers."""

import unittest

import phxsocket
from daemon import Daemon, wait_for


class PhxSocketTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.daemon = Daemon()
        cls.addClassCleanup(cls.daemon.stop)

    def connect(self, name):
        client = phxsocket.Client(self.daemon.socket + "/websocket", {"name": name})
        client.heartbeat_interval = 0.1
        client.closed = []
        client.on_close = client.closed.append
        self.assertTrue(client.connect())
        self.addCleanup(lambda: client.closed or client.close())
        return client

    def join(self, client, topic, parameters={}):
        channel = client.channel(topic, parameters)
        channel.seen = []
        channel.on_message = lambda socket, event, payload: channel.seen.append((event, payload))
        return channel, channel.join()

    def expect(self, channel, event):
        return wait_for(
            lambda: next((payload for name, payload in channel.seen if name == event), None), event,
            lambda: str(channel.seen))

    def ask(self, channel, event, payload):
        return channel.push(event, payload, reply=True).wait_for_response()

    def test_refused_connection(self):
        client = phxsocket.Client(self.daemon.socket + "/websocket", {})
        with self.assertRaisesRegex(Exception, "403"):
            client.connect()

    def test_join_with_parameters(self):
        _, response = self.join(self.connect("ann"), "room:1", {"a": [1, "ü"]})
        self.assertEqual(response, {"name": "ann", "parameters": {"a": [1, "ü"]}})

    def test_refused_joins(self):
        client = self.connect("ann")
        for topic, reason in [("room:closed", "this room is closed"), ("nowhere", "unmatched topic")]:
            with self.assertRaises(phxsocket.channel.ChannelConnectError) as caught:
                self.join(client, topic)
            self.assertEqual(caught.exception.args[0], {"reason": reason})

    def test_replies(self):
        channel, _ = self.join(self.connect("ann"), "room:2")
        for number in range(50):
            self.assertEqual(
                self.ask(channel, "echo", {"n": number}), {"status": "ok", "response": {"n": number}})
        self.assertEqual(
            self.ask(channel, "fail", {}), {"status": "error", "response": {"reason": "as you wish"}})

    def test_what_others_send(self):
        ann, _ = self.join(self.connect("ann"), "room:3")
        bob, _ = self.join(self.connect("bob"), "room:3")
        ann.push("shout", {"to": "all"})
        ann.push("whisper", {"to": "others"})
        ann.push("push", {"to": "me"})
        self.assertEqual(self.expect(bob, "shout"), {"to": "all"})
        self.assertEqual(self.expect(bob, "whisper"), {"to": "others"})
        self.assertEqual(self.expect(ann, "shout"), {"to": "all"})
        self.assertEqual(self.expect(ann, "pushed"), {"to": "me"})
        self.assertNotIn("whisper", [event for event, _ in ann.seen])

    def test_presence(self):
        ann, _ = self.join(self.connect("ann"), "room:4")
        self.assertEqual(self.expect(ann, "presence_state")["ann"]["metas"][0]["mood"], "new")
        self.join(self.connect("bob"), "room:4")
        wait_for(
            lambda: any(event == "presence_diff" and "bob" in payload["joins"] for event, payload in ann.seen),
            "bob to be there")

    def test_heartbeats(self):
        client = self.connect("ann")
        answers = []
        client.on_message = lambda message: answers.append(message)
        wait_for(lambda: len(answers) >= 3, "heartbeats to be answered")
        for answer in answers:
            self.assertEqual((answer.topic, answer.event), ("phoenix", "phx_reply"))
            self.assertIsInstance(answer.ref, int)

    def test_errors_and_ends(self):
        channel, _ = self.join(self.connect("ann"), "room:5")
        channel.push("crash", {})
        self.expect(channel, "phx_error")
        self.join(channel.socket, "room:5")
        closed = []
        channel.on_close = lambda: closed.append(True)
        channel.push("stop", {})
        wait_for(lambda: closed, "phx_close")

    def test_leave(self):
        channel, _ = self.join(self.connect("ann"), "room:6")
        closed = []
        channel.on_close = lambda: closed.append(True)
        channel.leave()
        wait_for(lambda: closed, "phx_close")
        self.assertEqual(self.ask(channel, "echo", {})["response"], {"reason": "unmatched topic"})

    def test_reload(self):
        channel, _ = self.join(self.connect("ann"), "room:7")
        self.daemon.control("reload", "counterpart")
        self.assertEqual(self.ask(channel, "echo", {"still": "here"})["response"], {"still": "here"})
        self.assertEqual(channel.socket.closed, [])

    def test_restart(self):
        """It does not connect again by itself, but it is told."""
        client = self.connect("ann")
        self.daemon.control("upgrade")
        wait_for(lambda: client.closed, "the connection to be closed")
        self.connect("ann")

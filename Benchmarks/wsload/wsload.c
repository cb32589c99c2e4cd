/*
 * wsload.c: the load of `make bench channels`: wsload PORT PATH CLIENTS [TOPICS]
 *
 * Opens CLIENTS WebSockets, each of which joins one of the topics "bench:0" ..., on one thread. Then it obeys lines of
 * its standard input, and answers each with a line of JSON:
 *
 *   broadcast SECONDS FLIGHT   the first client has the server broadcast, always FLIGHT broadcasts being on the way
 *   paced SECONDS RATE         the same, RATE broadcasts per second; latencies count from when each was due
 *   echo SECONDS CLIENTS       so many clients push, and push again at the reply
 *   check SECONDS              every client pushes once; ends with the last reply, or after that time
 *
 * In between it answers pings, sends heartbeats, and notes which sockets and channels end.
 */
#define _GNU_SOURCE
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "histogram.h"
#include "socket.h"

enum { opening_at_once = 128, ring = 1 << 16, heartbeat_seconds = 30, longest_drain_seconds = 10 };
static const uint64_t second = 1000000000;

static int epoll;
static int socket_count, topic_count = 1;
static struct socket *sockets;
static int members; /* of the topic that is broadcast on */
static int joined_count, ended_count, closed_count;
static char last_end[64] = "-";

/* The run that goes on. */
static struct histogram latencies;
static uint64_t ends_at, replies;
static int is_echoing;
static uint64_t first_number, next_number, flight, in_flight, deliveries;
static uint64_t due_at[ring];
static int missing[ring];

static uint64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * second + (uint64_t)time.tv_nsec;
}

static void broadcast(uint64_t due)
{
    uint64_t number = next_number++;
    due_at[number % ring] = due;
    missing[number % ring] = members;
    in_flight++;
    socket_push(&sockets[0], "shout", number);
}

static void push(struct socket *socket)
{
    socket->sent_at = now();
    socket_push(socket, "echo", 0);
}

static void on_joined(struct socket *socket)
{
    (void)socket;
    joined_count++;
}

static void on_reply(struct socket *socket)
{
    uint64_t time = now();
    if (socket->sent_at == 0)
        return;
    histogram_add(&latencies, time - socket->sent_at);
    socket->sent_at = 0;
    replies++;
    if (is_echoing && time < ends_at)
        push(socket);
}

static void on_broadcast(struct socket *socket, uint64_t number)
{
    uint64_t time = now();
    (void)socket;
    if (number < first_number)
        return; /* of a run that ended without it */
    histogram_add(&latencies, time - due_at[number % ring]);
    deliveries++;
    if (--missing[number % ring] > 0)
        return;
    in_flight--;
    if (flight > 0 && time < ends_at)
        broadcast(time);
}

static void on_closed(struct socket *socket, const char *what)
{
    ended_count++;
    snprintf(last_end, sizeof last_end, "%s %u", what, socket->close_code);
    if (strncmp(what, "phx_", 4) != 0)
        closed_count++;
}

static const struct listener listener = {on_joined, on_reply, on_broadcast, on_closed};

/* Waits for at most so many nanoseconds, and reads what has come. 1: a command has come. */
static int turn(uint64_t longest)
{
    static uint64_t heartbeats_at;
    static int next_heartbeat;
    struct epoll_event events[512];
    struct timespec timeout = {(time_t)(longest / second), (long)(longest % second)};
    int is_command = 0, ready = epoll_pwait2(epoll, events, 512, &timeout, NULL);
    for (int i = 0; i < ready; i++) {
        if (events[i].data.u32 == UINT32_MAX)
            is_command = 1;
        else if (sockets[events[i].data.u32].state != closed)
            socket_read(&sockets[events[i].data.u32], &listener);
    }
    uint64_t time = now();
    if (time >= heartbeats_at) { /* of a part of the sockets, so that the server's work is spread */
        for (int i = 0; i < 1 + socket_count / (heartbeat_seconds * 10) && joined_count == socket_count; i++) {
            struct socket *socket = &sockets[next_heartbeat++ % socket_count];
            if (socket->state == joined)
                socket_heartbeat(socket);
        }
        heartbeats_at = time + second / 10;
    }
    return is_command;
}

static void open_all(unsigned short port, const char *path)
{
    uint64_t start = now();
    for (int i = 0; i < socket_count;) {
        while (i < socket_count && i - joined_count < opening_at_once) {
            sockets[i].topic = i % topic_count;
            socket_open(&sockets[i], i, port, path);
            struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)i};
            epoll_ctl(epoll, EPOLL_CTL_ADD, sockets[i].descriptor, &event);
            i++;
        }
        while (joined_count + ended_count < i && (i == socket_count || i - joined_count >= opening_at_once)) {
            turn(second);
            if (now() - start > 120 * second || ended_count > 0) {
                fprintf(stderr, "wsload: %d of %d joined; %d ended, the last: %s\n", joined_count, socket_count,
                        ended_count, last_end);
                exit(1);
            }
        }
    }
    members = (socket_count + topic_count - 1) / topic_count;
    printf("{\"joined\":%d,\"seconds\":%.3f}\n", joined_count, (double)(now() - start) / 1e9);
    fflush(stdout);
}

static void report(uint64_t start, uint64_t count)
{
    printf("{\"count\":%llu,\"seconds\":%.4f,\"p50_us\":%.1f,\"p99_us\":%.1f,\"closed\":%d,\"ended\":%d,"
           "\"last_end\":\"%s\"}\n",
           (unsigned long long)count, (double)(now() - start) / 1e9, histogram_us(&latencies, 0.5),
           histogram_us(&latencies, 0.99), closed_count, ended_count, last_end);
    fflush(stdout);
}

/* Broadcasts what is due by now; how long until the next is. */
static uint64_t broadcast_due(uint64_t start, double rate)
{
    for (;;) {
        uint64_t due = start + (uint64_t)((double)(next_number - first_number) * 1e9 / rate), time = now();
        if (due > time || in_flight >= ring)
            return due > time ? due - time : 0;
        broadcast(due);
    }
}

/* `rate` 0: as fast as `wanted` broadcasts in flight allow. */
static void run_broadcasts(double seconds, uint64_t wanted, double rate)
{
    uint64_t start = now(), longest = second / 100;
    ends_at = start + (uint64_t)(seconds * 1e9);
    first_number = next_number;
    deliveries = in_flight = 0;
    flight = wanted;
    for (uint64_t i = 0; i < wanted; i++)
        broadcast(start);
    for (uint64_t time = start; time < ends_at || in_flight > 0; time = now()) {
        uint64_t wait = rate > 0 && time < ends_at ? broadcast_due(start, rate) : longest;
        if (time > ends_at + longest_drain_seconds * second) {
            fprintf(stderr, "wsload: %llu broadcasts did not reach all\n", (unsigned long long)in_flight);
            break;
        }
        turn(wait < longest ? wait : longest);
    }
    report(start, deliveries);
}

static void run_echoes(double seconds, int clients, int again)
{
    uint64_t start = now(), expected;
    ends_at = start + (uint64_t)(seconds * 1e9);
    is_echoing = again;
    replies = 0;
    for (int i = 0; i < socket_count; i++)
        sockets[i].sent_at = 0;
    for (int i = 0; i < clients; i++)
        if (sockets[i].state == joined)
            push(&sockets[i]);
    expected = (uint64_t)(clients - ended_count);
    while (now() < ends_at && (again || replies < expected))
        turn(second / 100);
    report(start, replies);
}

static void obey(const char *line)
{
    double seconds = 0, number = 0;
    char verb[16] = "";
    if (sscanf(line, "%15s %lf %lf", verb, &seconds, &number) < 2) {
        fprintf(stderr, "wsload: what is %s", line);
        exit(2);
    }
    memset(&latencies, 0, sizeof latencies);
    if (strcmp(verb, "broadcast") == 0)
        run_broadcasts(seconds, (uint64_t)number, 0);
    else if (strcmp(verb, "paced") == 0)
        run_broadcasts(seconds, 0, number);
    else if (strcmp(verb, "echo") == 0)
        run_echoes(seconds, (int)number < socket_count ? (int)number : socket_count, 1);
    else if (strcmp(verb, "check") == 0)
        run_echoes(seconds, socket_count, 0);
}

int main(int argc, char **argv)
{
    struct rlimit limit;
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = UINT32_MAX};
    char line[128];
    if (argc < 4) {
        fprintf(stderr, "usage: wsload PORT PATH CLIENTS [TOPICS]\n");
        return 2;
    }
    socket_count = atoi(argv[3]);
    if (argc > 4)
        topic_count = atoi(argv[4]);
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    epoll = epoll_create1(EPOLL_CLOEXEC);
    sockets = calloc((size_t)socket_count, sizeof *sockets);
    if (!sockets || epoll < 0 || socket_count < 1 || topic_count < 1)
        return 1;
    open_all((unsigned short)atoi(argv[1]), argv[2]);
    epoll_ctl(epoll, EPOLL_CTL_ADD, STDIN_FILENO, &event);
    setvbuf(stdin, NULL, _IONBF, 0); /* or a line would wait in the buffer, unseen by epoll */
    for (;;) {
        if (!turn(second / 10))
            continue;
        if (!fgets(line, sizeof line, stdin))
            return 0;
        obey(line);
    }
}

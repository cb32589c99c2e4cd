#define _GNU_SOURCE
#include "CLinux.h"

#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

__thread void *zzz_linux_loop __attribute__((tls_model("initial-exec"))) = NULL;

int zzz_linux_memory_file(const char *name) { return memfd_create(name, MFD_CLOEXEC); }

int zzz_linux_accept(int fd, struct sockaddr *address, socklen_t *length) {
    return accept4(fd, address, length, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

int zzz_linux_stream_socket(int family) {
    return socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

ssize_t zzz_linux_send_parts(int fd, struct iovec *parts, int count, int more) {
    struct msghdr message;
    memset(&message, 0, sizeof message);
    message.msg_iov = parts;
    message.msg_iovlen = (size_t)count;
    return sendmsg(fd, &message, MSG_NOSIGNAL | (more ? MSG_MORE : 0));
}

ssize_t zzz_linux_send_packet(int fd, const void *bytes, size_t count, const int *fds, int fd_count,
                              const struct sockaddr *address, socklen_t length, int waits) {
    union {
        char space[CMSG_SPACE(sizeof(int) * ZZZ_LINUX_PACKET_FDS)];
        struct cmsghdr align;
    } control;
    if (fd_count < 0 || fd_count > ZZZ_LINUX_PACKET_FDS) {
        errno = EINVAL;
        return -1;
    }
    struct iovec part = {(void *)bytes, count};
    struct msghdr message;
    memset(&message, 0, sizeof message);
    message.msg_name = (void *)address;
    message.msg_namelen = address != NULL ? length : 0;
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    if (fd_count > 0) {
        memset(&control, 0, sizeof control);
        message.msg_control = control.space;
        message.msg_controllen = CMSG_SPACE(sizeof(int) * (size_t)fd_count);
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int) * (size_t)fd_count);
        memcpy(CMSG_DATA(header), fds, sizeof(int) * (size_t)fd_count);
    }
    ssize_t sent;
    do sent = sendmsg(fd, &message, MSG_NOSIGNAL | (waits ? 0 : MSG_DONTWAIT));
    while (sent < 0 && errno == EINTR);
    return sent;
}

ssize_t zzz_linux_receive_packet(int fd, void *bytes, size_t size, int *fds, int *fd_count) {
    union {
        char space[CMSG_SPACE(sizeof(int) * ZZZ_LINUX_PACKET_FDS)];
        struct cmsghdr align;
    } control;
    struct iovec part = {bytes, size};
    struct msghdr message;
    memset(&message, 0, sizeof message);
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.space;
    message.msg_controllen = sizeof control.space;
    *fd_count = 0;
    ssize_t count;
    do count = recvmsg(fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    while (count < 0 && errno == EINTR);
    if (count < 0) return -1;
    for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header != NULL; header = CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
        int got = (int)((header->cmsg_len - CMSG_LEN(0)) / sizeof(int));
        memcpy(fds + *fd_count, CMSG_DATA(header), sizeof(int) * (size_t)got);
        *fd_count += got;
    }
    if (message.msg_flags & MSG_TRUNC) {
        for (int i = 0; i < *fd_count; i++) close(fds[i]);
        *fd_count = 0;
        errno = EMSGSIZE;
        return -1;
    }
    return count;
}

int zzz_linux_socket_error(int fd) {
    int error = 0;
    socklen_t length = sizeof error;
    return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) == 0 ? error : errno;
}

int zzz_linux_set_option(int fd, int level, int option, int value) {
    return setsockopt(fd, level, option, &value, sizeof value);
}

int zzz_linux_eventfd(void) { return eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC); }

int zzz_linux_eventfd_signal(int fd) { return eventfd_write(fd, 1); }

int zzz_linux_set_nonblocking(int fd) {
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0) return -1;
    return fcntl(fd, F_SETFD, FD_CLOEXEC);
}

const char *zzz_linux_errno_name(int number) { return strerrorname_np(number); }

const char *zzz_linux_errno_text(int number, char *buffer, size_t size) { return strerror_r(number, buffer, size); }

int zzz_linux_thread_start(pthread_t *thread, size_t stack, const char *name, int cpu, void *(*body)(void *),
                           void *context) {
    pthread_attr_t attributes;
    int error = pthread_attr_init(&attributes);
    if (error != 0) return error;
    if (stack != 0) error = pthread_attr_setstacksize(&attributes, stack);
    if (error == 0 && cpu >= 0) {
        cpu_set_t set;
        CPU_ZERO(&set);
        CPU_SET((size_t)cpu, &set);
        error = pthread_attr_setaffinity_np(&attributes, sizeof set, &set);
    }
    if (error == 0) error = pthread_create(thread, &attributes, body, context);
    pthread_attr_destroy(&attributes);
    if (error == 0 && name != NULL) {
        char cut[16];
        strncpy(cut, name, sizeof cut - 1);
        cut[sizeof cut - 1] = 0;
        pthread_setname_np(*thread, cut);
    }
    return error;
}

int zzz_linux_spawn(pid_t *pid, const char *program, const posix_spawn_file_actions_t *actions,
                    const sigset_t *blocked, int leads_group, char *const *arguments, char *const *environment) {
    posix_spawnattr_t attributes;
    int error = posix_spawnattr_init(&attributes);
    if (error != 0) return error;
    sigset_t all, none;
    sigfillset(&all);
    sigemptyset(&none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setsigmask(&attributes, blocked != NULL ? blocked : &none);
    posix_spawnattr_setpgroup(&attributes, 0);
    int group = leads_group ? POSIX_SPAWN_SETPGROUP : 0;
    error = posix_spawnattr_setflags(&attributes, (short)(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | group));
    if (error == 0) error = posix_spawn(pid, program, actions, &attributes, arguments, environment);
    posix_spawnattr_destroy(&attributes);
    return error;
}

int zzz_linux_processors(void) {
    cpu_set_t set;
    CPU_ZERO(&set);
    return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
}

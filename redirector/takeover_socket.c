#include "redirector/takeover_socket.h"

#include "core/store/folder.h"
#include "core/store/store_url.h"

#include <errno.h>
#include <stdalign.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define NAME "jalond.sock"
#define NAME_MAX_BYTES 40
#define BACKLOG 8

static int open_socket(int *ret_fd)
{
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return JALON_IO;
    *ret_fd = fd;
    return JALON_OK;
}

typedef int with_address(int fd, const struct sockaddr *address, socklen_t size);

/* bind() or connect(), also where the path is longer than an address takes. */
static int with_path(int fd, const char *folder, const char *name, with_address *call)
{
    char path[FOLDER_PATH_MAX];
    struct socket_path short_path;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int err = folder_path(path, folder, name);
    if (!err)
        err = socket_path_open(&short_path, path);
    if (err)
        return err;
    memcpy(address.sun_path, short_path.text, sizeof address.sun_path);
    err = call(fd, (const struct sockaddr *)&address, sizeof address) == 0 ? JALON_OK : JALON_IO;
    int reason = errno;
    socket_path_close(&short_path);
    errno = reason;
    return err;
}

/* The process id keeps apart what two processes make that come one after the other, or at once. */
static int new_name(char ret_name[NAME_MAX_BYTES], int pid)
{
    int size = snprintf(ret_name, NAME_MAX_BYTES, NAME ".%d.new", pid);
    return size > 0 && size < NAME_MAX_BYTES ? JALON_OK : JALON_TOO_LONG;
}

int takeover_socket_publish(const char *folder)
{
    char path[FOLDER_PATH_MAX], new_path[FOLDER_PATH_MAX], name[NAME_MAX_BYTES];
    int err = new_name(name, getpid());
    if (!err)
        err = folder_path(path, folder, NAME);
    if (!err)
        err = folder_path(new_path, folder, name);
    if (err)
        return err;
    return rename(new_path, path) == 0 ? JALON_OK : JALON_IO;
}

static void remove_one(const char *folder, const char *name)
{
    char path[FOLDER_PATH_MAX];
    if (folder_path(path, folder, name) == JALON_OK)
        (void)unlink(path); /* it may not be there */
}

void takeover_socket_remove(const char *folder)
{
    remove_one(folder, NAME);
}

void takeover_socket_remove_new(const char *folder, int pid)
{
    char name[NAME_MAX_BYTES];
    if (new_name(name, pid) == JALON_OK)
        remove_one(folder, name);
}

int takeover_socket_listen(int *ret_fd, const char *folder)
{
    char name[NAME_MAX_BYTES];
    int fd, err = new_name(name, getpid());
    if (!err)
        err = open_socket(&fd);
    if (err)
        return err;
    remove_one(folder, name); /* of one that was killed and had our id */
    /* Before bind(), so that the file is never there with other rights. */
    err = fchmod(fd, 0600) == 0 ? with_path(fd, folder, name, bind) : JALON_IO;
    if (!err && listen(fd, BACKLOG) != 0)
        err = JALON_IO;
    if (err) {
        (void)close(fd); /* nobody is on it */
        return err;
    }
    *ret_fd = fd;
    return JALON_OK;
}

/* What the file's rights should have seen to. */
static bool is_trusted(int fd, int *ret_pid)
{
    struct ucred peer;
    socklen_t size = sizeof peer;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
        return false;
    *ret_pid = (int)peer.pid;
    return peer.uid == geteuid() || peer.uid == 0;
}

int takeover_socket_accept(int *ret_fd, int *ret_pid, int listen_fd)
{
    int pid, fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0)
        return JALON_NOT_FOUND;
    if (!is_trusted(fd, &pid)) {
        (void)close(fd); /* nothing was said on it */
        return JALON_NOT_FOUND;
    }
    *ret_fd = fd;
    *ret_pid = pid;
    return JALON_OK;
}

int takeover_socket_connect(int *ret_fd, const char *folder)
{
    int pid, fd, err = open_socket(&fd);
    if (err)
        return err;
    err = with_path(fd, folder, NAME, connect);
    if (err == JALON_IO && (errno == ENOENT || errno == ECONNREFUSED))
        err = JALON_NOT_FOUND;
    else if (err == JALON_IO && errno == EAGAIN)
        err = JALON_LOCKED;
    if (!err && !is_trusted(fd, &pid))
        err = JALON_LOCKED;
    if (err) {
        (void)close(fd); /* nothing was said on it */
        return err;
    }
    *ret_fd = fd;
    return JALON_OK;
}

union control { /* room for the descriptors of one message, aligned as the kernel wants it */
    alignas(struct cmsghdr) char bytes[CMSG_SPACE(TAKEOVER_FDS_MAX * sizeof(int))];
};

int takeover_send(int fd, const struct takeover_message *message, const int *fds, size_t fd_count)
{
    char memory[TAKEOVER_MESSAGE_MAX];
    struct buffer bytes;
    buffer_over(&bytes, memory, sizeof memory);
    takeover_message_write(&bytes, message);
    if (buffer_error(&bytes) || fd_count > TAKEOVER_FDS_MAX)
        return JALON_BAD_ARGUMENT;

    union control control = {{0}};
    struct iovec part = {.iov_base = bytes.data, .iov_len = bytes.size};
    struct msghdr header = {.msg_iov = &part, .msg_iovlen = 1};
    if (fd_count) {
        header.msg_control = control.bytes;
        header.msg_controllen = CMSG_SPACE(fd_count * sizeof(int));
        struct cmsghdr *rights = CMSG_FIRSTHDR(&header);
        rights->cmsg_level = SOL_SOCKET;
        rights->cmsg_type = SCM_RIGHTS;
        rights->cmsg_len = CMSG_LEN(fd_count * sizeof(int));
        memcpy(CMSG_DATA(rights), fds, fd_count * sizeof(int));
    }
    return sendmsg(fd, &header, MSG_NOSIGNAL) == (ssize_t)bytes.size ? JALON_OK : JALON_UNAVAILABLE;
}

static size_t take_fds(int ret_fds[TAKEOVER_FDS_MAX], struct msghdr *header)
{
    size_t count = 0;
    for (struct cmsghdr *part = CMSG_FIRSTHDR(header); part; part = CMSG_NXTHDR(header, part)) {
        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS)
            continue;
        /* There is room for TAKEOVER_FDS_MAX in all: the kernel closes what is beyond. */
        size_t some = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        if (some > TAKEOVER_FDS_MAX - count)
            some = TAKEOVER_FDS_MAX - count;
        memcpy(ret_fds + count, CMSG_DATA(part), some * sizeof(int));
        count += some;
    }
    return count;
}

int takeover_receive(struct takeover_message *ret_message, int ret_fds[TAKEOVER_FDS_MAX],
                     size_t *ret_count, int fd)
{
    char memory[TAKEOVER_MESSAGE_MAX];
    union control control;
    struct iovec part = {.iov_base = memory, .iov_len = sizeof memory};
    struct msghdr header = {.msg_iov = &part,
                            .msg_iovlen = 1,
                            .msg_control = control.bytes,
                            .msg_controllen = sizeof control.bytes};
    *ret_count = 0;
    ssize_t size = recvmsg(fd, &header, MSG_CMSG_CLOEXEC);
    /* Said first where the other side closed without having read all; what it had sent comes after. */
    if (size < 0 && errno == ECONNRESET)
        size = recvmsg(fd, &header, MSG_CMSG_CLOEXEC);
    if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
        return JALON_NOT_FOUND;
    if (size <= 0)
        return JALON_UNAVAILABLE;
    size_t count = take_fds(ret_fds, &header);
    int err = header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)
                  ? JALON_MALFORMED
                  : takeover_message_read(ret_message, slice_of(memory, (size_t)size), count);
    for (size_t i = 0; err && i < count; i++)
        (void)close(ret_fds[i]); /* only our copies */
    if (!err)
        *ret_count = count;
    return err;
}

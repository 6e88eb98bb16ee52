/* A start:
 *
 *   does one answer PING? -> adopted
 *   else take DIR/store/lock -> got it: write the configuration, execute the server, which keeps the lock as
 *                               long as it lives -> wait for its PING, or its end
 *                            -> somebody else has it: a server that is starting, loading or ending -> ask again
 *
 * An end: whoever uses the server holds DIR/store/users shared; who started it for one command, or came to it that
 * way, stops it when it gets that lock for itself alone. Newcomers wait for it meanwhile, and start another.
 *
 * A server killed with SIGKILL lets go of the lock by dying; so nobody ever has to clear up after it. (A rewrite of
 * the AOF that outlives it holds the lock too, until it is done.) */
#include "core/store/embedded.h"

#include "core/base/clock.h"
#include "core/store/client.h"
#include "core/store/embedded_server.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define LOCK "lock"
#define LOG "redis.log"
#define USERS EMBEDDED_FOLDER "/users"
#define SOCKET "redis.sock"
#define ASK_AGAIN_MS 10
#define PING_MS 2000
#define KILL_WAIT_MS 5000
#define STOP_MS 10000

int embedded_socket(char ret_path[FOLDER_PATH_MAX], const char *folder)
{
    return folder_path(ret_path, folder, EMBEDDED_FOLDER "/" SOCKET);
}

static bool is_answering(const char *folder)
{
    struct store_url url = {.kind = STORE_EMBEDDED};
    struct client *client;
    struct reply *reply;
    struct problem problem = {0};
    if (embedded_socket(url.path, folder) || client_open(&client, &url, PING_MS, &problem))
        return false;
    int err = client_say(client, &reply, "PING", NULL);
    if (!err)
        (void)reply_free(reply);
    (void)client_free(client);
    return err == JALON_OK;
}

/* The last line of the server's log, which says why it ended. */
static void last_log_line(char ret_why[256], const char *store_folder)
{
    char path[FOLDER_PATH_MAX], text[512];
    size_t size = 0;
    int fd =
        folder_path(path, store_folder, LOG) ? -1 : open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd >= 0) {
        off_t end = lseek(fd, 0, SEEK_END);
        uint64_t start = end > (off_t)sizeof text ? (uint64_t)end - sizeof text : 0;
        if (file_read_at(fd, text, sizeof text, start, &size))
            size = 0;
        (void)close(fd);
    }
    while (size && (text[size - 1] == '\n' || text[size - 1] == '\r'))
        size--;
    size_t line = size;
    while (line && text[line - 1] != '\n')
        line--;
    (void)snprintf(ret_why, 256, "the server ended at once; its log, %.64s/" LOG ", says: %.*s",
                   store_folder, (int)(size - line), text + line); /* cut to fit */
}

/* Waits up to timeout_ms for the process to end. */
static bool has_ended(int pid, int timeout_ms)
{
    int fd = pidfd_open(pid, 0);
    if (fd < 0)
        return true;
    struct pollfd pollfd = {.fd = fd, .events = POLLIN};
    bool is_over = poll(&pollfd, 1, timeout_ms) > 0;
    (void)close(fd);
    if (is_over)
        (void)waitpid(pid, NULL, WNOHANG); /* fails where it is nobody's child of ours */
    return is_over;
}

static int launch(int *ret_pid, const char *store_folder, int lock_fd, char ret_why[256])
{
    struct embedded_server server;
    int err = embedded_server_find(&server, ret_why);
    if (err)
        return err;
    err = embedded_server_configure(store_folder);
    if (!err)
        err = embedded_server_run(ret_pid, &server, store_folder, lock_fd);
    if (err)
        (void)snprintf(ret_why, 256, "%.100s can't be executed in %.64s: %.40s", server.path,
                       store_folder, jalon_error_text(err)); /* cut to fit */
    return err ? JALON_UNAVAILABLE : JALON_OK;
}

/* One attempt to become the one who starts it; JALON_OK with *pid 0 when somebody else is at it. */
static int try_launch(int *pid, const char *store_folder, char ret_why[256])
{
    int lock_fd;
    int err = folder_lock(&lock_fd, store_folder, LOCK, false);
    if (err == JALON_LOCKED)
        return JALON_OK;
    if (err) {
        (void)snprintf(ret_why, 256,
                       "%.128s/" LOCK " can't be locked: are the folder's owner and rights "
                       "right?",
                       store_folder); /* fits */
        return JALON_UNAVAILABLE;
    }
    err = launch(pid, store_folder, lock_fd, ret_why);
    (void)close(lock_fd); /* the child has its own copy, and with it the lock */
    return err;
}

static int make_folder(char ret_path[FOLDER_PATH_MAX], const char *folder, char ret_why[256])
{
    int err = folder_path(ret_path, folder, EMBEDDED_FOLDER);
    if (!err)
        err = folder_make(ret_path);
    if (err)
        (void)snprintf(ret_why, 256, "%.160s/" EMBEDDED_FOLDER " can't be made: %.40s", folder,
                       jalon_error_text(err)); /* cut to fit */
    return err ? JALON_UNAVAILABLE : JALON_OK;
}

static int give_up(int pid, const char *store_folder, char ret_why[256])
{
    if (pid) {
        (void)kill(pid, SIGKILL); /* our child, not yet waited for: the id is still its own */
        (void)has_ended(pid, KILL_WAIT_MS);
    }
    (void)snprintf(ret_why, 256, "no server answers on %.128s/" SOCKET " in time%s", store_folder,
                   pid ? ": its data takes longer to load"
                       : ", though another process holds its lock"); /* fits */
    return JALON_UNAVAILABLE;
}

int embedded_start(int *ret_pid, const char *folder, unsigned timeout_ms, char ret_why[256])
{
    char store_folder[FOLDER_PATH_MAX];
    int pid = 0, err = make_folder(store_folder, folder, ret_why);
    if (err)
        return err;
    int64_t deadline_ms = clock_monotonic_ms() + timeout_ms;
    while (!is_answering(folder)) {
        if (pid && has_ended(pid, ASK_AGAIN_MS)) {
            last_log_line(ret_why, store_folder);
            return JALON_UNAVAILABLE;
        }
        if (!pid) {
            err = try_launch(&pid, store_folder, ret_why);
            if (err)
                return err;
        }
        if (!pid)
            (void)poll(NULL, 0, ASK_AGAIN_MS); /* just waits */
        if (clock_monotonic_ms() > deadline_ms)
            return give_up(pid, store_folder, ret_why);
    }
    *ret_pid = pid;
    return JALON_OK;
}

static int connect_socket(const char *folder)
{
    char path[FOLDER_PATH_MAX];
    struct socket_path short_path;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (embedded_socket(path, folder) || socket_path_open(&short_path, path))
        return -1;
    memcpy(address.sun_path, short_path.text, sizeof address.sun_path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof address) != 0) {
        (void)close(fd);
        fd = -1;
    }
    socket_path_close(&short_path);
    return fd;
}

int embedded_find(int *ret_pid, const char *folder)
{
    int fd = connect_socket(folder);
    if (fd < 0)
        return JALON_NOT_FOUND;
    struct ucred peer;
    socklen_t size = sizeof peer;
    bool is_known = getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.pid > 0;
    (void)close(fd);
    if (!is_known)
        return JALON_NOT_FOUND;
    *ret_pid = (int)peer.pid;
    return JALON_OK;
}

void embedded_stop(int pid, const char *folder, unsigned timeout_ms)
{
    (void)folder; /* the process id says it all; kept for who supervises several */
    if (pid <= 0 || kill(pid, SIGTERM) != 0)
        return;
    if (has_ended(pid, (int)timeout_ms))
        return;
    (void)kill(pid, SIGKILL); /* it may just have ended */
    (void)has_ended(pid, KILL_WAIT_MS);
}

int embedded_enter(int *ret_fd, const char *folder, unsigned timeout_ms)
{
    char path[FOLDER_PATH_MAX];
    int err = folder_path(path, folder, EMBEDDED_FOLDER);
    if (!err)
        err = folder_make(path);
    if (!err)
        err = folder_path(path, folder, USERS);
    if (err)
        return err;
    int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return JALON_IO;
    int64_t deadline_ms = clock_monotonic_ms() + timeout_ms;
    while (flock(fd, LOCK_SH | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK || clock_monotonic_ms() > deadline_ms) {
            err = errno == EWOULDBLOCK ? JALON_UNAVAILABLE : JALON_IO;
            (void)close(fd); /* nothing was written */
            return err;
        }
        (void)poll(NULL, 0, ASK_AGAIN_MS); /* just waits */
    }
    *ret_fd = fd;
    return JALON_OK;
}

void embedded_leave(int fd, const char *folder, bool is_stopper)
{
    int pid;
    /* Of two that leave at once, the first one's shared lock is gone when the second asks. */
    if (is_stopper && flock(fd, LOCK_EX | LOCK_NB) == 0 && embedded_find(&pid, folder) == JALON_OK)
        embedded_stop(pid, folder, STOP_MS);
    (void)close(fd); /* lets go of the lock */
}

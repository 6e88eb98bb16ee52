#include "core/store/embedded_server.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define VERSION_MIN 7
#define LOCK_FD 3 /* in the server */

/* Paths are relative to DIR/store, where the server runs: its socket's name is short wherever that is. */
static const char configuration[] =
    "# Written by Jalon at each start of the embedded store: changes are lost.\n"
    "port 0\n"
    "unixsocket redis.sock\n"
    "unixsocketperm 700\n"
    "protected-mode yes\n"
    "daemonize no\n"
    "dir .\n"
    "logfile redis.log\n"
    "save \"\"\n"
    "appendonly yes\n"
    "appendfsync everysec\n"
    "maxmemory-policy noeviction\n";

static const char *const names[] = {"redis-server", "valkey-server"};

/* The next folder of a PATH; false past the last. */
static bool next_folder(struct slice *ret_folder, struct slice *path)
{
    if (!path->data)
        return false;
    *ret_folder = slice_take(path, ':');
    if (path->size == 0)
        *path = SLICE_NONE;
    return true;
}

static bool find_program(char ret_path[FOLDER_PATH_MAX], const char *name, struct slice path)
{
    struct slice folder;
    while (next_folder(&folder, &path)) {
        /* A relative folder would mean another one in the child, which runs elsewhere. */
        if (folder.size == 0 || folder.data[0] != '/')
            continue;
        int size = snprintf(ret_path, FOLDER_PATH_MAX, "%.*s/%s", SLICE_ARG(folder), name);
        if (size > 0 && size < FOLDER_PATH_MAX && access(ret_path, X_OK) == 0)
            return true;
    }
    return false;
}

static int spawn_version(pid_t *ret_pid, const char *path, int write_fd)
{
    char program[FOLDER_PATH_MAX], option[] = "--version";
    (void)snprintf(program, sizeof program, "%s", path); /* of the same size */
    char *const argv[] = {program, option, NULL};
    char *const environment[] = {NULL};
    posix_spawn_file_actions_t actions;
    if (posix_spawn_file_actions_init(&actions) != 0)
        return JALON_NO_MEMORY;
    int reason = posix_spawn_file_actions_adddup2(&actions, write_fd, STDOUT_FILENO);
    if (reason == 0)
        reason = posix_spawn(ret_pid, path, &actions, NULL, argv, environment);
    (void)posix_spawn_file_actions_destroy(&actions);
    return reason == 0 ? JALON_OK : JALON_UNAVAILABLE;
}

static size_t read_all(int fd, char *ret_text, size_t capacity)
{
    size_t size = 0;
    while (size < capacity) {
        ssize_t got = read(fd, ret_text + size, capacity - size);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        size += (size_t)got;
    }
    return size;
}

/* The major version that `path` says it is, 0 when it says none: "Redis server v=7.0.15 sha=...". */
static uint64_t major_version(const char *path)
{
    int fds[2];
    if (pipe2(fds, O_CLOEXEC) != 0)
        return 0;
    pid_t pid;
    int err = spawn_version(&pid, path, fds[1]);
    (void)close(fds[1]);
    char text[512];
    size_t size = err ? 0 : read_all(fds[0], text, sizeof text);
    (void)close(fds[0]);
    if (err)
        return 0;
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        ; /* interrupted: wait on */
    struct slice rest = slice_of(text, size);
    while (rest.size && !slice_starts(rest, SLICE("v=")))
        rest = slice_from(rest, 1);
    rest = slice_from(rest, 2);
    uint64_t major = 0;
    return slice_to_u64(&major, slice_take(&rest, '.'), UINT32_MAX) == JALON_OK ? major : 0;
}

int embedded_server_find(struct embedded_server *ret_server, char ret_why[256])
{
    struct slice path = slice_of_string(getenv("PATH"));
    struct embedded_server server;
    bool is_any = false;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (!find_program(server.path, names[i], path) &&
            !find_program(server.path, names[i], SLICE("/usr/bin:/usr/local/bin")))
            continue;
        uint64_t major = major_version(server.path);
        if (major >= VERSION_MIN) {
            *ret_server = server;
            return JALON_OK;
        }
        (void)snprintf(ret_why, 256,
                       "%.128s is version %llu: Redis 7 or later, or Valkey, is needed",
                       server.path, (unsigned long long)major); /* fits */
        is_any = true;
    }
    if (!is_any)
        (void)snprintf(ret_why, 256,
                       "neither redis-server nor valkey-server is installed: install one, or "
                       "set store.redis to a running one"); /* fits */
    return JALON_UNAVAILABLE;
}

int embedded_server_configure(const char *folder)
{
    return folder_write(folder, "redis.conf", slice_of_string(configuration), 0600);
}

/* What the child needs, made before the fork: after it only async-signal-safe calls are allowed, as another
 * thread may have held a lock of malloc's. */
struct launch {
    char program[FOLDER_PATH_MAX], folder[FOLDER_PATH_MAX];
    int lock_fd;
};

static void reset_signals(void)
{
    static const int ignored_maybe[] = {SIGHUP,  SIGINT,  SIGQUIT, SIGPIPE,
                                        SIGTERM, SIGCHLD, SIGUSR1, SIGUSR2};
    struct sigaction standard = {.sa_handler = SIG_DFL};
    for (size_t i = 0; i < sizeof ignored_maybe / sizeof *ignored_maybe; i++)
        (void)sigaction(ignored_maybe[i], &standard, NULL); /* cannot fail for these */
    sigset_t none;
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL); /* our threads may have blocked some */
}

/* Our own descriptors (listeners, the lock's copy, connections) end here; 0 to 2 go nowhere. */
static bool keep_only_lock(int lock_fd)
{
    int nowhere = open("/dev/null", O_RDWR);
    if (nowhere < 0)
        return false;
    for (int fd = 0; fd < LOCK_FD; fd++)
        if (dup2(nowhere, fd) < 0)
            return false;
    /* dup2 of a descriptor to itself would leave it close-on-exec. */
    if (lock_fd == LOCK_FD ? fcntl(lock_fd, F_SETFD, 0) != 0 : dup2(lock_fd, LOCK_FD) < 0)
        return false;
    return close_range(LOCK_FD + 1, ~0U, 0) == 0;
}

static _Noreturn void run_in_child(struct launch *launch)
{
    char configuration_name[] = "redis.conf";
    char *const argv[] = {launch->program, configuration_name, NULL};
    char *const environment[] = {NULL};
    reset_signals();
    if (setsid() >= 0 && chdir(launch->folder) == 0 && keep_only_lock(launch->lock_fd))
        (void)execve(launch->program, argv, environment); /* returns only when it failed */
    _exit(127);
}

int embedded_server_run(int *ret_pid, const struct embedded_server *server, const char *folder,
                        int lock_fd)
{
    struct launch launch = {.lock_fd = lock_fd};
    memcpy(launch.program, server->path, sizeof launch.program);
    int err = slice_to_string(launch.folder, sizeof launch.folder, slice_of_string(folder));
    if (err)
        return err;
    /* The descriptors 0 to 2 that the child overwrites must not be the lock's. */
    if (lock_fd < LOCK_FD)
        launch.lock_fd = fcntl(lock_fd, F_DUPFD_CLOEXEC, LOCK_FD);
    pid_t pid = launch.lock_fd < 0 ? -1 : fork();
    if (pid == 0)
        run_in_child(&launch);
    if (launch.lock_fd >= 0 && launch.lock_fd != lock_fd)
        (void)close(launch.lock_fd);
    if (pid < 0)
        return errno == ENOMEM ? JALON_NO_MEMORY : JALON_IO;
    *ret_pid = (int)pid;
    return JALON_OK;
}

/* redis_server.h - a real redis-server (or valkey-server) for a test, on a Unix socket in a scratch folder. */
#ifndef TESTS_REDIS_SERVER_H
#define TESTS_REDIS_SERVER_H
#include "core/store/client.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

struct redis_server {
    pid_t pid;
    char folder[256];
    char url[300]; /* unix:/... */
};

/* Starts it in `folder`, on the AOF found there, and waits until it says that it is ready. */
static inline void redis_server_start(struct redis_server *server, const char *folder)
{
    int fds[2];
    if (snprintf(server->folder, sizeof server->folder, "%s", folder) >=
            (int)sizeof server->folder ||
        snprintf(server->url, sizeof server->url, "unix:%s/s", folder) < 0 || pipe(fds) != 0)
        _exit(99);
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    (void)sigaction(SIGPIPE, &ignore, NULL); /* as the programs do */
    pid_t test = getpid();
    server->pid = fork();
    if (server->pid == 0) {
        /* A test that crashes leaves no server behind, not even one that crashed by now. */
        if (chdir(folder) != 0 || dup2(fds[1], 1) < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 ||
            getppid() != test)
            _exit(98);
        (void)close(fds[0]), (void)close(fds[1]);
        static const char *const names[] = {"redis-server", "valkey-server"};
        for (size_t i = 0; i < 2; i++)
            (void)execlp(names[i], names[i], "--port", "0", "--unixsocket", "s", "--save", "",
                         "--appendonly", "yes", "--appendfsync", "no",
                         (char *)NULL); /* returns when it is not there */
        _exit(97);
    }
    (void)close(fds[1]);
    char text[65536];
    size_t size = 0;
    while (!memmem(text, size, "eady to accept connections", 26)) {
        ssize_t got = read(fds[0], text + size, sizeof text - size);
        if (got <= 0) {
            fprintf(stderr, "no redis-server: %.*s\n", (int)size, text);
            _exit(99);
        }
        size += (size_t)got;
    }
    (void)close(fds[0]); /* redis-server ignores SIGPIPE */
}

static inline void redis_server_end(struct redis_server *server, int how) /* SIGTERM or SIGKILL */
{
    (void)kill(server->pid, how);
    (void)waitpid(server->pid, NULL, 0);
}

static inline struct client *redis_server_client(const struct redis_server *server)
{
    struct store_url url;
    struct client *client;
    struct problem problem = {0};
    if (store_url_read(&url, server->url, &problem) ||
        client_open(&client, &url, 20000, &problem)) {
        fprintf(stderr, "%s\n", problem.detail);
        _exit(99);
    }
    return client;
}

/* Has the append-only file rewritten, and waits until it is: before that it takes no clicks (functions.c), and a store
 * that connects asks for it. */
static inline void redis_server_rewrite(const struct redis_server *server)
{
    struct client *client = redis_server_client(server);
    struct reply *reply;
    bool is_done = false;
    if (client_say(client, &reply, "BGREWRITEAOF", NULL))
        _exit(99);
    while (!is_done) {
        (void)reply_free(reply);
        (void)usleep(1000);
        if (client_say(client, &reply, "INFO", "persistence", NULL))
            _exit(99);
        struct slice text = reply_text(reply);
        is_done = !memmem(text.data, text.size, "last_rewrite_time_sec:-1", 24);
    }
    (void)reply_free(reply);
    (void)client_free(client);
}
#endif

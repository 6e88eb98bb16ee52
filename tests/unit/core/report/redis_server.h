/* redis_server.h - a real redis-server on a socket in a folder of its own, for one test program. */
#ifndef TESTS_REDIS_SERVER_H
#define TESTS_REDIS_SERVER_H
#include <hiredis/hiredis.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

struct redis_server {
    pid_t pid;
    char folder[32], socket[64];
};

static inline void redis_server_exec(const struct redis_server *server, int output, pid_t test)
{
    /* A crashed test leaves no server behind, not even one that crashed by now. */
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != test)
        _exit(127);
    (void)dup2(output, STDOUT_FILENO);
    execlp("redis-server", "redis-server", "--port", "0", "--unixsocket", server->socket, "--dir",
           server->folder, "--save", "", "--appendonly", "no", "--logfile", "", "--daemonize", "no",
           (char *)NULL);
    _exit(127);
}

/* Reads what the server says until it says that it is ready. */
static inline bool redis_server_is_ready(int output)
{
    FILE *log = fdopen(output, "r");
    char line[512];
    bool is_ready = false;
    while (log && !is_ready && fgets(line, sizeof line, log))
        is_ready = strstr(line, "eady to accept connections");
    /* The pipe stays open: a server that writes to a closed one would die of it. */
    return is_ready;
}

static inline bool redis_server_start(struct redis_server *server)
{
    int pipe_ends[2];
    (void)snprintf(server->folder, sizeof server->folder, "/tmp/jalon-test-XXXXXX");
    if (!mkdtemp(server->folder) || pipe(pipe_ends) != 0)
        return false;
    (void)snprintf(server->socket, sizeof server->socket, "%s/redis.sock", server->folder);
    pid_t test = getpid();
    server->pid = fork();
    if (server->pid == 0)
        redis_server_exec(server, pipe_ends[1], test);
    (void)close(pipe_ends[1]);
    return server->pid > 0 && redis_server_is_ready(pipe_ends[0]);
}

static inline void redis_server_stop(struct redis_server *server)
{
    char command[96];
    (void)kill(server->pid, SIGKILL);
    (void)waitpid(server->pid, NULL, 0);
    (void)snprintf(command, sizeof command, "rm -rf %s", server->folder);
    (void)!system(command);
}

static inline redisContext *redis_server_connect(const struct redis_server *server)
{
    redisContext *redis = redisConnectUnix(server->socket);
    if (redis && redis->err) {
        redisFree(redis);
        return NULL;
    }
    return redis;
}
#endif

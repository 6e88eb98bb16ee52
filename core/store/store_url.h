/* store_url.h - the setting store.redis, taken apart. */
#ifndef STORE_STORE_URL_H
#define STORE_STORE_URL_H
#include "core/base/problem.h"
#include "core/store/cluster_map.h"
#include "core/store/folder.h"

enum store_kind { STORE_EMBEDDED, STORE_UNIX, STORE_TCP, STORE_TLS, STORE_CLUSTER };

#define STORE_SEEDS_MAX 16

struct store_url {
    enum store_kind kind;
    char path[FOLDER_PATH_MAX]; /* of the socket: STORE_UNIX, STORE_EMBEDDED once resolved */
    char host[256];             /* STORE_TCP, STORE_TLS; an IPv6 address without brackets */
    unsigned port, database;
    char user[128], password[256];              /* "" when none; never in a message */
    struct cluster_node seeds[STORE_SEEDS_MAX]; /* STORE_CLUSTER: nodes to ask about the others */
    unsigned seed_count;
};

/* "embedded", "unix:/path", "redis://[user:pass@]host[:port][/db]", "rediss://…" and
 * "cluster://[user:pass@]host[:port],…". User and password are percent-decoded. JALON_INVALID; *problem says more. */
CHECKED int store_url_read(struct store_url *ret_url, const char *text, struct problem *problem);

/* As store_url_read(), and can it be used here? The embedded store gets its socket's path in `folder`; TLS where
 * this hiredis has none is JALON_UNSUPPORTED. JALON_TOO_LONG. */
CHECKED int store_url_resolve(struct store_url *ret_url, const char *text, const char *folder,
                              struct problem *problem);

/* For messages: without user and password. */
void store_url_describe(const struct store_url *url, char ret_text[FOLDER_PATH_MAX]);

/* A Unix socket's path may have 107 bytes; this one is reached through its folder's descriptor when it is longer. Open,
 * connect to `text`, close: the connection stays. JALON_UNAVAILABLE: no such folder. */
#define SOCKET_PATH_MAX 108
struct socket_path {
    char text[SOCKET_PATH_MAX];
    int folder_fd; /* -1: not needed */
};
CHECKED int socket_path_open(struct socket_path *ret_path, const char *path);
void socket_path_close(struct socket_path *path);
#endif

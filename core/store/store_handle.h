/* store_handle.h - the inside of a store's handle, for the files store_*.c only. */
#ifndef STORE_STORE_HANDLE_H
#define STORE_STORE_HANDLE_H
#include "core/store/client.h"
#include "core/store/redo.h"
#include "core/store/store.h"

#define STORE_COMMAND_MAX (64U << 20) /* bytes */
#define STORE_PIPELINE 1024           /* commands under way at once, of reads and replays */

struct store {
    char folder[FOLDER_PATH_MAX];
    struct store_url url;
    unsigned timeout_ms;
    bool may_start_embedded;
    int users_fd;            /* of embedded_enter(); -1: not of the embedded store, or not yet */
    struct client *client;   /* NULL while not connected */
    uint64_t connects;       /* how many clients there have been */
    struct cluster_map *map; /* of the last client on a cluster; NULL: no cluster */
    struct redo *redo;
    bool owns_redo;
    char run[REDO_RUN_MAX]; /* of the server that `client` is connected to */
    bool must_replay; /* though the run was seen: it was before an effect of ours was in the log */
    bool is_doubtful; /* answers may be outstanding: not to be used again */
    bool is_ahead;    /* `command` was sent, its answer is still to be taken */
    char server[64];
    char warning[256];
    struct problem problem;       /* of the last attempt to connect */
    struct argument_list command; /* the one being put together */
};

/* Connected, with the functions there and the redo log replayed. JALON_UNAVAILABLE, JALON_UNSUPPORTED,
 * JALON_INVALID; store->problem says more. */
CHECKED int store_ready(struct store *store);
/* Connects once more and replays the redo log, as it was replayed to another run before an effect of ours was in it. */
CHECKED int store_ready_anew(struct store *store);
void store_disconnect(struct store *store);
/* On every server behind it. */
CHECKED int store_install_functions(struct store *store);

/* Clears store->command and adds `name` to it, for the caller to add to. */
struct argument_list *store_command(struct store *store, const char *name);
/* Sends store->command on a ready connection and takes the answer; installs missing functions, or connects anew when a
 * cluster's primaries are others by now, and tries again. An error reply is returned as an error. */
#define STORE_REFUSALS_MAX 3 /* in a row: a cluster that does not settle is one in trouble */
CHECKED int store_call(struct store *store, struct reply **ret_reply);
/* Sends store->command for the store_call() that comes next, so that the server is at it while the caller is at another
 * answer; until then the store is put to no other use. */
void store_send_ahead(struct store *store);
void store_drop_ahead(struct store *store); /* that call will not come, if one was sent ahead */
/* The error that an answer is, JALON_OK when it is none; `kind`: what it must be instead. */
CHECKED int store_check(const struct reply *reply, enum reply_kind kind);

/* `VERSION SPACE JSON` taken apart. JALON_DAMAGED. */
CHECKED int record_split(uint64_t *ret_version, struct slice *ret_json, struct slice text);
/* The same of an answer, handed to `visit`; nil is an absent record: version 0 and empty JSON. */
CHECKED int record_hand_over(const struct reply *reply, struct slice field, record_visit *visit,
                             void *context);
#endif

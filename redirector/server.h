/* server.h - what the whole process owns and passes down: settings, the snapshots that a reload swaps, the workers.
 * main makes one. Threads meet in snapshot.h, recent_clicks.h, counters.h, clerk.h, flusher.h, keeper.h and topology.h
 * only. */
#ifndef REDIRECTOR_SERVER_H
#define REDIRECTOR_SERVER_H
#include "core/base/problem.h"

#include <pthread.h>
#include <stdatomic.h>

struct worker;
struct clerk_pool;
struct counters;
struct flusher;
struct handover;
struct keeper;
struct left_behind;
struct recent_clicks;
struct redo;
struct sealer;
struct snapshot;
struct listener_set;

struct server {
    const char *folder;                  /* the data folder */
    const char *config_file;             /* NULL: DIR/jalond.conf */
    bool is_takeover;                    /* from the process that runs on the folder, if any */
    _Atomic(struct snapshot *) snapshot; /* current: snapshot_hold(), snapshot_publish() */
    pthread_mutex_t snapshot_lock;       /* of every snapshot's holders */
    struct recent_clicks *recent_clicks;
    struct redo *redo; /* the set-up journal, shared by all who write to the store */
    struct clerk_pool *clerks;
    struct listener_set *listeners; /* opened before the workers start */
    struct counters *counters;      /* array, one a worker */
    struct flusher *flusher;        /* the thread that syncs journals */
    struct keeper *keeper;          /* the thread that looks after the store */
    struct sealer *sealer;          /* the thread that seals visitors */
    struct worker *workers;         /* array */
    unsigned worker_count;
    uint64_t nonce_keys[2]; /* click_log.h */
    int lock_fd;            /* DIR/jalond.lock */
    size_t descriptors;     /* that the system lets the process have; 0: not known */
    bool is_owner;          /* of the folder: its lock is held here, and nobody takes it back */
    bool is_handed_over;    /* to another process, for good */
    int stage_fd;           /* readable when a worker has reached another stage: worker.h */
    struct handover *handover;
    struct left_behind *left_behind; /* journals that nobody writes to any more */
    uint64_t left_behind_bytes;      /* of all journals when ours were made */
    _Atomic bool is_listening;
    _Atomic unsigned informed_count; /* workers that have read all campaigns */
};

/* Runs jalond on server->folder until SIGTERM or SIGINT; SIGHUP reloads. On failure *problem is the one line to
 * print. JALON_LOCKED: another jalond has the folder. */
CHECKED int server_run(struct server *server, struct problem *problem);
#endif
